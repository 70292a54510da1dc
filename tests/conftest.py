"""What several tests share: the demo region, scanned once a test run and worker."""

from __future__ import annotations

import math
import os
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from barrier import resources
from barrier.cli import progress
from tests.helpers import Results, run

DEMO_DAY = date(2026, 9, 1)

# no test depends on how fast the machine is
settings.register_profile("project", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("project")
progress.LINES_AFTER_S = math.inf


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests that share a fixture of their module on one worker, which makes it once (`--dist loadgroup`)."""
    for item in (i for i in items if isinstance(i, pytest.Function)):
        shared = {d[-1].scope for d in item._fixtureinfo.name2fixturedefs.values()}
        if "module" in shared and item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(item.nodeid.partition("::")[0]))


@pytest.fixture(scope="session", autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep keys and logs of the tests away from the user's home."""
    os.environ["BARRIER_TEST_HOME"] = os.environ["HOME"]  # where the jars of the Neo4j of the tests are kept
    os.environ["HOME"] = str(tmp_path_factory.mktemp("home"))
    os.environ["BARRIER_PURPOSE"] = "test"
    for name in ("NEO4J_PASSWORD", "NEO4J_USERNAME", "BARRIER_SETTINGS"):
        os.environ.pop(name, None)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Scan the bundled region through the command line and return what came out."""
    out = tmp_path_factory.mktemp("demo") / "results"
    done = run("scan", str(resources.fixtures() / "demo"), "--out", str(out))
    assert done.exit_code == 0, done.output
    return Results(out)


@pytest.fixture
def region(tmp_path: Path) -> Path:
    """Return an empty region folder with a purpose."""
    folder = tmp_path / "region"
    folder.mkdir()
    (folder / "region.yaml").write_text("name: Trial\npurpose: test\nextract_date: 2026-09-01\n")
    return folder
