"""Limits of a query that somebody brings: they hold whatever it does, and it leaves nothing behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest

from barrier.errors import InputError, StoreError, TryAgainError
from barrier.store import Store, open_store
from barrier.store.answers import tagged, untagged
from barrier.store.limits import Limits, read_limited
from tests.helpers import Results, run

pytestmark = pytest.mark.slow

EVERY_WAY = "MATCH (a), (b) MATCH p = allShortestPaths((a)-[*..12]-(b)) RETURN count(p) AS n"  # minutes
EVERY_BYTE = "RETURN reduce(s = [1], x IN range(1, 60) | s + s) AS x"  # more than there is


@pytest.fixture
def store(demo: Results) -> Iterator[Store]:
    """Open the demo region."""
    opened = open_store(demo.store)
    yield opened
    opened.close()


def test_a_query_that_never_looks_at_the_time_is_ended_at_its_limit(store: Store) -> None:
    with pytest.raises(TryAgainError, match="the query took longer than 1 seconds") as error:
        read_limited(store, EVERY_WAY, limits=Limits(time_s=1))
    assert error.value.hint == "narrow it down, or raise --timeout"


def test_a_query_that_takes_all_memory_is_ended_at_its_limit(store: Store) -> None:
    with pytest.raises(TryAgainError, match=r"took more than 200 MB of memory|ended its process"):
        read_limited(store, EVERY_BYTE, limits=Limits(memory_mb=200))


def test_an_answer_that_is_too_large_is_refused(store: Store) -> None:
    with pytest.raises(InputError, match="the answer is larger than 1 MB"):
        read_limited(store, "UNWIND range(1, 500000) AS x RETURN x", limits=Limits(answer_mb=1))


def test_rows_above_the_limit_are_counted_and_left_out(store: Store) -> None:
    rows = read_limited(store, "UNWIND range(1, 50) AS x RETURN x", limits=Limits(rows=3))

    assert (rows.frame["x"].tolist(), rows.total, rows.left_out) == ([1, 2, 3], 50, 47)


def _deaf(monkeypatch: pytest.MonkeyPatch, work: str) -> None:
    """Put in the place of the store a process that is ready, then does ``work`` and never looks at a limit."""
    program = f"import sys, time; sys.stdin.read(); sys.stdout.write('ready\\n'); sys.stdout.flush(); {work}"

    def started() -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", program]
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)

    monkeypatch.setattr("barrier.store.limits._started", started)


def test_the_time_limit_needs_no_help_of_the_store(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    _deaf(monkeypatch, "time.sleep(20); print('{}')")

    with pytest.raises(TryAgainError, match=r"the query took longer than 0.5 seconds"):
        read_limited(store, "RETURN 1 AS x", limits=Limits(time_s=0.5))


def test_the_memory_limit_needs_no_help_of_the_store(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    _deaf(monkeypatch, "time.sleep(1); held = bytearray(b'x') * 300_000_000; time.sleep(20); print('{}')")

    with pytest.raises(TryAgainError, match="the query took more than 100 MB of memory"):
        read_limited(store, "RETURN 1 AS x", limits=Limits(memory_mb=100))


def test_the_process_ends_itself_where_nobody_is_left_to_end_it() -> None:
    program = (
        "from barrier.store import query_process as q; q.SPARE_S = 0.0; "
        "q._limit({'time_s': 0.3, 'memory_mb': 100}); exec('while True: pass')"
    )

    assert subprocess.run([sys.executable, "-c", program], check=False, timeout=30).returncode == -signal.SIGALRM


def test_the_process_writes_no_file(tmp_path: Path) -> None:
    file = tmp_path / "x"
    program = (
        "from barrier.store import query_process as q; q._limit({'time_s': 30, 'memory_mb': 100}); "
        f"open({str(file)!r}, 'wb', buffering=0).write(b'x')"
    )
    done = subprocess.run([sys.executable, "-c", program], check=False, timeout=30, capture_output=True, text=True)

    assert "File too large" in done.stderr
    assert file.read_bytes() == b""


def test_a_query_does_not_outlive_who_asked(demo: Results) -> None:
    asking = subprocess.Popen(
        [sys.executable, "-m", "barrier.cli", "query", "-", "--store", str(demo.store), "--purpose", "test"],
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    assert asking.stdin is not None
    asking.stdin.write(EVERY_WAY.encode())
    asking.stdin.close()
    child = _child_of(asking.pid)

    asking.kill()
    asking.wait()

    assert _is_gone(child)


def _is_gone(process: int) -> bool:
    for _ in range(100):
        try:
            state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False


def test_a_process_that_dies_is_one_line_with_what_to_do(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("barrier.store.limits.LOOK_S", 0.001)
    monkeypatch.setattr("barrier.store.limits._memory_mb", _killing)

    with pytest.raises(TryAgainError, match=r"the query ended its process \(SIGSEGV\)") as error:
        read_limited(store, EVERY_WAY, limits=Limits())
    assert "raise --memory" in str(error.value.hint)


def _killing(process: int) -> float:
    os.kill(process, signal.SIGSEGV)
    return 0.0


def test_values_come_back_as_what_they_were(store: Store) -> None:
    query = "RETURN [1, null, 'é', [2.5], {a: date('2024-01-02')}] AS x, null AS y, true AS z, date('2024-01-02') AS d"
    limited, direct = read_limited(store, query, limits=Limits()).frame, store.read(query).frame

    assert limited.to_dict("records") == direct.to_dict("records")
    assert limited["x"][0] == [1, None, "é", [2.5], {"a": date(2024, 1, 2)}]
    assert untagged(tagged({"day": {"map": [1]}})) == {"day": {"map": [1]}}


def test_a_query_of_another_process_is_judged_before_it_is_run(store: Store) -> None:
    with pytest.raises(InputError, match="a query only reads"):
        read_limited(store, "MATCH (a) SET a.x = 1", limits=Limits())


def test_a_graph_that_is_damaged_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        read_limited(open_store(tmp_path / "none.barrier"), "RETURN 1 AS x", limits=Limits())


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("nan"), float("inf"), 1e9])
def test_a_time_limit_is_a_number_of_seconds(seconds: float) -> None:
    with pytest.raises(InputError, match="expected seconds"):
        Limits(time_s=seconds)


def test_the_question_stands_neither_in_the_arguments_nor_in_the_environment(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEO4J_PASSWORD", "very-secret")
    seen: list[str] = []

    def look(process: int) -> float:
        place = Path(f"/proc/{process}")
        with suppress(OSError):  # it may just have ended
            seen.append(((place / "cmdline").read_bytes() + (place / "environ").read_bytes()).decode(errors="replace"))
        return 0.0

    monkeypatch.setattr("barrier.store.limits._memory_mb", look)
    with pytest.raises(TryAgainError):
        read_limited(store, EVERY_WAY, limits=Limits(time_s=0.5))

    assert seen
    assert not [s for s in seen if "allShortestPaths" in s or "very-secret" in s or store.name in s]


def test_ctrl_c_ends_the_query_at_once_and_leaves_no_process(demo: Results, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "barrier.cli", "query", "-", "--store", str(demo.store), "--purpose", "test"]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    asking = subprocess.Popen(
        command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, stdout=subprocess.PIPE, env=environment
    )
    assert asking.stdin is not None
    asking.stdin.write(EVERY_WAY.encode())
    asking.stdin.close()
    asking.stdin = None
    child = _child_of(asking.pid)

    asking.send_signal(signal.SIGINT)
    stderr = asking.communicate(timeout=30)[1].decode()

    assert asking.returncode == 130, stderr
    assert "Stopped." in stderr
    assert not Path(f"/proc/{child}").exists()
    assert list(tmp_path.iterdir()) == []


def _child_of(process: int) -> int:
    """Return the child of a process that runs a query, once it is there and has read the graph."""
    for _ in range(600):
        for task in Path("/proc").glob("[0-9]*"):
            try:
                parent = (task / "stat").read_text().rpartition(")")[2].split()[1]
                busy = float((task / "stat").read_text().rpartition(")")[2].split()[11]) > 20
                if parent == str(process) and busy and b"query_process" in (task / "cmdline").read_bytes():
                    return int(task.name)
            except (OSError, IndexError):
                continue
        time.sleep(0.05)
    pytest.fail("no query began")


def test_the_command_says_which_limit_was_met(demo: Results) -> None:
    late = run("query", "-", "--store", str(demo.store), "--timeout", "0.5", stdin=EVERY_WAY)
    large = run("query", "-", "--store", str(demo.store), "--memory", "100", stdin=EVERY_BYTE)

    assert (late.exit_code, late.stdout) == (3, "")
    assert late.stderr == "Error: the query took longer than 0.5 seconds\nHint: narrow it down, or raise --timeout\n"
    assert (large.exit_code, large.stdout) == (3, "")
    assert large.stderr.startswith("Error: the query ")
    assert large.stderr.count("\n") == 2


def test_a_text_that_is_no_query_is_refused_without_a_traceback(demo: Results, tmp_path: Path) -> None:
    file = tmp_path / "q.cypher"
    for content, what in (
        (b"\xff\xfe", "expected UTF-8 text"),
        (b"RETURN 1 " * 100_000, "is larger than 400,004 bytes"),
    ):
        file.write_bytes(content)
        done = run("query", str(file), "--store", str(demo.store))
        assert done.exit_code == 2
        assert what in done.stderr


def test_lists_and_maps_are_cells_of_a_csv(demo: Results) -> None:
    query = "RETURN [1, 2] AS x, {map: 'é'} AS y, [{a: 1}] AS z"
    done = run("query", "-", "--store", str(demo.store), "--csv", stdin=query)

    assert done.stdout == 'x,y,z\n1|2,"{""map"": ""é""}","{""a"": 1}"\n'


DETECTOR = """//| id: greedy
//| version: 1
//| status: stable
//| barrier: housing
//| asks: Does it end?
//| misses: Everything.
//| key: [address]
//| personal_data: none
//| source: Made for this test.
MATCH (a:Address)
RETURN a.id AS address, {greedy} AS x
ORDER BY address
"""


def test_a_detector_of_somebody_else_that_takes_too_much_costs_its_own_findings(demo: Results, tmp_path: Path) -> None:
    (tmp_path / "greedy.cypher").write_text(DETECTOR.replace("{greedy}", "reduce(s = [1], x IN range(1, 60) | s + s)"))
    out = tmp_path / "out"

    done = run("scan", "fixtures/demo", "--out", str(out), "--detectors", str(tmp_path))

    assert done.exit_code == 3, done.output
    assert "Note: greedy could not be asked, so what it would find is not known: the query " in done.stderr
    assert (out / "findings.jsonl").read_bytes() == (demo.path / "findings.jsonl").read_bytes()
    record = Results(out).scan
    assert [d["id"] for d in record["detectors"] if "failed" in d] == ["greedy"]
    assert "greedy" not in record["findings"]
    assert "(could not be asked: the query " in Results(out).report
    assert str(tmp_path) not in Results(out).report + json.dumps(record["detectors"])


def test_a_detector_of_somebody_else_finds_what_it_would_in_this_process(tmp_path: Path) -> None:
    (tmp_path / "greedy.cypher").write_text(DETECTOR.replace("{greedy}", "1"))
    cases = "cases:\n  - {name: one, nodes: {Address: [a1, a2]}, links: [], hits: [[a1], [a2]]}\n"
    (tmp_path / "greedy.yaml").write_text(cases)

    done = run("detectors", "test", "greedy", "--detectors", str(tmp_path))

    assert done.exit_code == 0, done.output


def test_shipped_detectors_stay_in_this_process(demo: Results, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a process was begun")

    monkeypatch.setattr("barrier.store.limits._started", refuse)

    assert run("scan", "fixtures/demo", "--out", str(tmp_path / "out")).exit_code == 0
