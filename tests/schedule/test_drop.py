"""What a supplier puts into a drop folder is data and nothing else: no link, pipe or change in between gets further."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from barrier import resources
from barrier.errors import InputError, TryAgainError
from barrier.schedule import drop as drops
from barrier.schedule.daemon import serve
from barrier.schedule.drop import complete_deliveries, copied, quarantine
from barrier.schedule.jobs import Job, Schedule, run_job
from barrier.schedule.reasons import supplier_reason
from tests.helpers import run, small_disk

pytestmark = pytest.mark.slow

SECRET = "root:$6$verysecret:19000:0:99999:7:::"


@pytest.fixture
def schedule(tmp_path: Path) -> Schedule:
    made = Schedule(tmp_path / "own" / "schedule.sqlite")
    made.add(Job("nightly", region="", out=str(tmp_path / "out"), cron="15 3 * * *", drop=str(tmp_path / "drop")))
    return made


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """Return a folder of the office with something that a supplier must not see."""
    folder = tmp_path / "office"
    (folder / "norms").mkdir(parents=True)
    for name in ("secret.txt", "norms/a.yaml", "Person.csv"):
        (folder / name).write_text(f"{SECRET}\nuser {SECRET}: x\n")
    return folder


def _delivered(tmp_path: Path, name: str = "monday") -> Path:
    folder = Path(shutil.copytree(resources.fixtures() / "demo", tmp_path / "drop" / name))
    (folder / ".ready").touch()
    return folder


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    "way",
    ["region.yaml", "Person.csv", "norms", "partners", "norms/x.yaml", "partners/x.yaml", "partners/sharing-x.yaml",
     "known-hubs.yaml", "deep/inside/x.txt", ".ready"],
)  # fmt: skip
def test_a_link_out_of_a_delivery_sets_it_aside_and_tells_the_supplier_nothing(
    schedule: Schedule, office: Path, tmp_path: Path, way: str
) -> None:
    folder = _delivered(tmp_path)
    place = folder / way
    if place.is_file():
        place.unlink()
    elif place.is_dir():
        shutil.rmtree(place)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(office / ("norms" if way in ("norms", "partners") else "secret.txt"))
    (folder / ".ready2").touch()
    for file in folder.rglob("*"):
        os.utime(file, (1, 1), follow_symlinks=False)

    delivery = complete_deliveries(tmp_path / "drop", clock=lambda: 4e9)[0]
    assert delivery.problem == f"{way}: is a link or no plain file"
    aside = quarantine(tmp_path / "drop", delivery, supplier_reason(delivery.problem))

    reason = (aside / "reason.txt").read_text()
    assert "is a link or no plain file; deliver a copy of the file itself" in reason
    assert "secret" not in reason
    assert str(tmp_path) not in reason


@pytest.mark.timeout(60)
def test_a_pipe_in_a_delivery_is_set_aside_by_the_job_at_once(schedule: Schedule, tmp_path: Path) -> None:
    os.mkfifo(_delivered(tmp_path) / "Extra.csv")

    assert run_job(str(schedule.path), "nightly") == "quarantined"
    (aside,) = (tmp_path / "drop" / "quarantine").iterdir()
    assert (aside / "reason.txt").read_text().startswith("the delivery: is a link or no plain file")
    assert run_job(str(schedule.path), "nightly") == "nothing new"


def test_a_linked_folder_is_no_delivery_and_is_not_read(office: Path, tmp_path: Path) -> None:
    _delivered(tmp_path)
    (tmp_path / "drop" / "linked").symlink_to(office)

    assert [d.folder.name for d in complete_deliveries(tmp_path / "drop", clock=lambda: 4e9)] == ["monday"]


def test_what_is_written_through_settings_is_not_repeated_to_the_supplier(schedule: Schedule, tmp_path: Path) -> None:
    folder = _delivered(tmp_path)
    (folder / "region.yaml").write_text(f'"{SECRET}": 1\n"second {SECRET}": 2\nplain_key: 3\n')

    assert run_job(str(schedule.path), "nightly") == "quarantined"
    (aside,) = (tmp_path / "drop" / "quarantine").iterdir()
    reason, said = (aside / "reason.txt").read_text(), (schedule.last_run("nightly") or {})["said"]
    assert reason == "region.yaml, line 1: has a field that is not known\n" \
        "region.yaml, line 2: has a field that is not known\nregion.yaml: has a field that is not known\n"  # fmt: skip
    assert "verysecret" not in said
    assert "plain_key: not a field" in said


def test_the_reason_for_a_supplier_has_kinds_only() -> None:
    said = (
        "Error: /srv/office/drop/x: holds no table of the model\n"
        "Error: Person.csv: line 3: column 'Jan Jansen' stands twice\n"
        "Error: Address.csv: line 9: something nobody thought of: Jan Jansen\n"
        "Error: Address.csv: line 1: column Opvang may say what is secret, and nothing reads it\n"
        "Error: ../../etc/passwd: line 1: root\n"
        "Hint: see /srv/office\nTraceback: /srv/office/x.py\n"
    )

    assert supplier_reason(said).splitlines() == [
        "the delivery: no table that is known was found",
        "Person.csv, line 3: has a column twice",
        "Address.csv, line 9: cannot be used; ask who receives the delivery",
        "Address.csv, line 1: has a column that may say what is secret, and nothing reads it; expected: protected",
        "the delivery: cannot be used; ask who receives the delivery",
    ]


def test_a_reason_never_goes_through_a_link_that_the_supplier_left(office: Path, tmp_path: Path) -> None:
    folder = _delivered(tmp_path)
    (folder / "reason.txt").symlink_to(office / "secret.txt")
    (delivery,) = complete_deliveries(tmp_path / "drop")

    aside = quarantine(tmp_path / "drop", delivery, "why")

    assert (office / "secret.txt").read_text().startswith("root:")
    assert (aside / "reason.txt").read_text() == "why\n"


def test_the_place_for_wrong_deliveries_may_be_no_link(office: Path, tmp_path: Path) -> None:
    _delivered(tmp_path)
    (tmp_path / "drop" / "quarantine").symlink_to(office)
    (delivery,) = complete_deliveries(tmp_path / "drop")

    with pytest.raises(InputError, match="is a link or no folder"):
        quarantine(tmp_path / "drop", delivery, "why")
    assert sorted(p.name for p in office.iterdir()) == ["Person.csv", "norms", "secret.txt"]


def test_what_is_scanned_is_a_private_copy_that_is_gone_afterwards(tmp_path: Path) -> None:
    folder = _delivered(tmp_path)
    (delivery,) = complete_deliveries(tmp_path / "drop")

    with copied(delivery, tmp_path / "copy") as copy:
        (folder / "Person.csv").write_text("id\nother\n")
        assert (copy / "Person.csv").read_bytes() == (resources.fixtures() / "demo" / "Person.csv").read_bytes()
        assert (tmp_path / "copy").stat().st_mode & 0o777 == 0o700
        assert {p.stat().st_mode & 0o077 for p in copy.rglob("*")} == {0}
    assert not (tmp_path / "copy").exists()


def _copy_left_by_a_killed_run(schedule: Schedule, tmp_path: Path) -> Path:
    (delivery,) = complete_deliveries(tmp_path / "drop")
    left = tmp_path / "left"
    with copied(delivery, tmp_path / "copy"):
        shutil.copytree(tmp_path / "copy", left)
    return left.rename(f"{schedule.path}.nightly.delivery")


@pytest.mark.parametrize("by", ["run", "list", "remove", "daemon"])
def test_the_copy_that_a_killed_run_left_is_removed_by_whatever_comes_next(
    schedule: Schedule, tmp_path: Path, by: str
) -> None:
    folder = _delivered(tmp_path)
    left = _copy_left_by_a_killed_run(schedule, tmp_path)
    assert (left / "monday" / "Person.csv").is_file()
    shutil.rmtree(folder)  # the supplier took it back

    file = ["--file", str(schedule.path)]
    if by == "daemon":
        serve(schedule.path, once=True)
    else:
        assert run("schedule", by, *([] if by == "list" else ["nightly"]), *file).exit_code == 0
    assert not left.exists()


def test_what_lies_in_place_of_a_copy_and_is_none_stays_and_is_told(schedule: Schedule, tmp_path: Path) -> None:
    _delivered(tmp_path)
    foreign = Path(f"{schedule.path}.nightly.delivery")
    foreign.mkdir()
    (foreign / "thesis.txt").write_text("mine")

    assert run_job(str(schedule.path), "nightly") == "failed"
    assert "is in the way" in (schedule.last_run("nightly") or {})["said"]
    assert (foreign / "thesis.txt").read_text() == "mine"


@pytest.mark.parametrize("how", ["written", "removed", "linked", "grown"])
def test_a_delivery_that_changes_while_it_is_read_waits(tmp_path: Path, office: Path, how: str) -> None:
    file = _delivered(tmp_path) / "Person.csv"
    (delivery,) = complete_deliveries(tmp_path / "drop")
    assert len(delivery.fingerprint) == 64
    if how == "grown":
        with file.open("a") as stream:
            stream.write("more\n")
    elif how == "written":
        file.write_text("id\nother\n")
    else:
        file.unlink()
    if how == "linked":
        file.symlink_to(office / "Person.csv")

    with (
        pytest.raises(TryAgainError, match=r"monday: (was changed|cannot be copied)"),
        copied(delivery, tmp_path / "copy"),
    ):
        pytest.fail("a changed delivery was handed on")  # pragma: no cover
    assert not (tmp_path / "copy").exists()


def test_a_delivery_of_far_too_many_files_is_set_aside_without_reading_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drops, "MOST_FILES", 5)
    _delivered(tmp_path)

    (delivery,) = complete_deliveries(tmp_path / "drop")

    assert delivery.problem == "holds more than 5 files"


def test_a_disk_that_is_full_keeps_the_delivery_for_the_next_run(schedule: Schedule, tmp_path: Path) -> None:
    folder = _delivered(tmp_path)
    with small_disk(tmp_path / "small", megabytes=1) as small:
        full = Schedule(small / "schedule.sqlite")
        full.add(schedule.job("nightly"))
        (small / "filler").write_bytes(b"x" * 800_000)

        assert run_job(str(full.path), "nightly") == "failed"
        assert [p.name for p in small.iterdir() if p.name.endswith(".delivery")] == []
    assert (folder / "Person.csv").is_file()
    assert run_job(str(schedule.path), "nightly") in ("new findings", "done")


@pytest.mark.parametrize("name", ["new\nline", "esc\x1b]8;;x\x07", b"\xff\xfe".decode(errors="surrogateescape")])
def test_a_delivery_with_an_odd_name_is_taken_and_breaks_nothing(schedule: Schedule, tmp_path: Path, name: str) -> None:
    _delivered(tmp_path, name)

    assert run_job(str(schedule.path), "nightly") in ("new findings", "done")


def test_a_job_whose_name_is_no_plain_word_is_refused(schedule: Schedule) -> None:
    with pytest.raises(InputError, match="expected a name"):
        schedule.add(Job("../../x", region="r", out="o", cron="15 3 * * *"))
