"""What a command reads is not written over, by whatever option it was named, also while its content was made."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from barrier.cli.outfile import OutFile, out_option
from barrier.errors import InputError


@click.command()
@click.option("--store", "where")
@click.option("--model")
@click.option("--rules", type=click.Path(path_type=Path))
@out_option("A file.")
def _command(*, out: OutFile, where: str | None, model: str | None, rules: Path | None) -> None:
    out.write(f"{where} {model} {rules}")


@pytest.mark.parametrize("option", ["--store", "--model", "--rules"])
def test_what_an_option_names_is_read(tmp_path: Path, option: str) -> None:
    kept = tmp_path / "kept.json"
    kept.write_text("kept")

    done = CliRunner().invoke(_command, [option, str(kept), "--out", str(kept), "--overwrite"])

    assert isinstance(done.exception, InputError)
    assert kept.read_text() == "kept"


def test_the_rules_of_the_settings_are_read_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".config" / "barrier").mkdir(parents=True, mode=0o700)
    (tmp_path / "rules").mkdir(mode=0o700)
    (tmp_path / ".config" / "barrier" / "settings.toml").write_text(f'purpose = "test"\nrules = "{tmp_path}/rules"\n')
    monkeypatch.setenv("HOME", str(tmp_path))

    done = CliRunner().invoke(_command, ["--out", str(tmp_path / "rules" / "list.csv")])

    assert isinstance(done.exception, InputError)
    assert "lies in" in str(done.exception)


def test_a_place_that_became_a_link_meanwhile_is_not_written_through(tmp_path: Path) -> None:
    file = OutFile(tmp_path / "list.csv", overwrite=True, reads=()).checked()
    (tmp_path / "precious").write_text("precious")
    (tmp_path / "list.csv").symlink_to(tmp_path / "precious")

    with pytest.raises(InputError, match="is a link"):
        file.write("rows")
    assert (tmp_path / "precious").read_text() == "precious"


def test_a_name_that_was_chosen_for_somebody_is_looked_at_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plan.docx").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(InputError, match="is a link"):
        OutFile(None, overwrite=True, reads=()).or_named("plan.docx")
