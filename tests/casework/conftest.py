"""Cases with a row in every table, made once and copied for each test."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from barrier.casework.cases import Cases
from barrier.casework.database import CaseDatabase
from barrier.casework.marks import mark_file
from tests.casework.journals import DAY, full_cases


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> Cases:
    return full_cases(tmp_path_factory.mktemp("original") / "cases.sqlite")


@pytest.fixture
def cases(original: Cases, tmp_path: Path) -> Cases:
    for file in (original.database.path, mark_file(original.database.path)):
        shutil.copy(file, tmp_path / file.name)
    return Cases(CaseDatabase(tmp_path / "cases.sqlite"), DAY)
