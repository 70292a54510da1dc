"""Rules of an office: a folder that nobody else can change, with nothing in it that would be passed over in silence."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from barrier import resources
from barrier.advise.powers import powers_of
from barrier.advise.sharing import sharing_of
from barrier.errors import InputError
from barrier.model.barriers import named_model
from barrier.model.norms import norms_of, shipped_norms
from barrier.model.rules import NO_RULES, Rules, brought_rules, delivered_rules, office_rules, rules_for
from barrier.networks.settings import settings_of

NORM = "format: 1\nabout: x\nnorms:\n- {kind: dwelling, m2_per_person: 20, from: 2020-01-01, source: town}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with one norm."""
    place = tmp_path / "rules"
    (place / "norms").mkdir(parents=True)
    (place / "norms" / "town.yaml").write_text(NORM)
    for path in (place, place / "norms", place / "norms" / "town.yaml"):
        path.chmod(0o700 if path.is_dir() else 0o600)
    return place


def test_rules_of_an_office_come_on_top_of_the_shipped_ones(folder: Path) -> None:
    norms = norms_of(office_rules(folder)).norms

    assert norms[:-1] == shipped_norms().norms
    assert norms[-1].m2_per_person == 20


@pytest.mark.parametrize("place", ["", "norms", "norms/town.yaml"])
def test_rules_that_others_can_change_are_refused_with_what_to_do(folder: Path, place: str) -> None:
    (folder / place).chmod(0o777)

    with pytest.raises(InputError, match="others may write there") as error:
        office_rules(folder)
    assert "chmod -R go-w" in (error.value.hint or "")


def test_rules_below_a_folder_that_others_can_change_are_refused(folder: Path) -> None:
    folder.parent.chmod(0o777)

    with pytest.raises(InputError, match="others may write there"):
        office_rules(folder)


def test_rules_of_another_account_are_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = os.geteuid()
    os.chown(folder / "norms" / "town.yaml", 4242, -1) if mine == 0 else monkeypatch.setattr(
        os, "geteuid", lambda: 4242
    )

    with pytest.raises(InputError, match="belongs to another account"):
        office_rules(folder)


def test_a_link_among_the_rules_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.yaml").write_text(NORM)
    (folder / "norms" / "linked.yaml").symlink_to(tmp_path / "elsewhere.yaml")

    with pytest.raises(InputError, match="link"):
        office_rules(folder)


@pytest.mark.parametrize("name", ["partner/town.yaml", "norms/town.json", "region.yaml"])
def test_what_is_no_rule_is_refused_and_not_passed_over(folder: Path, name: str) -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text("format: 1\n")

    with pytest.raises(InputError, match="no rules"):
        office_rules(folder)


def test_the_hash_covers_names_and_contents(folder: Path) -> None:
    first = office_rules(folder).digest
    (folder / "norms" / "town.yaml").rename(folder / "norms" / "city.yaml")
    renamed = office_rules(folder).digest
    (folder / "norms" / "city.yaml").write_text(NORM.replace("20,", "21,"))

    assert len({NO_RULES.digest, first, renamed, office_rules(folder).digest}) == 4


def test_what_came_with_the_data_is_used_only_where_it_is_trusted(folder: Path) -> None:
    assert rules_for(folder, NO_RULES, trusted=False, partner=None) == NO_RULES
    assert rules_for(folder, NO_RULES, trusted=True, partner=None) == delivered_rules(folder)
    assert brought_rules(folder) == ["norms/"]


def test_a_view_never_takes_gates_from_the_data(folder: Path) -> None:
    with pytest.raises(InputError, match="--as and --trust-delivery do not go together"):
        rules_for(folder, NO_RULES, trusted=True, partner="bank")


def test_the_office_has_the_last_word_on_its_norms(folder: Path, tmp_path: Path) -> None:
    delivery = tmp_path / "delivery" / "norms"
    delivery.mkdir(parents=True)
    (delivery / "zzz.yaml").write_text(NORM.replace("20,", "1,"))
    both = rules_for(delivery.parent, office_rules(folder), trusted=True, partner=None)

    assert [n.m2_per_person for n in norms_of(both).norms[-2:]] == [1, 20]


def test_numbers_and_hubs_of_an_office_apply(folder: Path) -> None:
    from barrier import resources

    text = (resources.graphs() / "networks.yaml").read_text(encoding="utf-8")
    (folder / "networks.yaml").write_text(text.replace("max_members: ", "max_members: 1"))
    (folder / "known-hubs.yaml").write_text(
        "format: 1\nhubs:\n- {id: desk1, reason: business centre, expires: 2030-01-01}\n"
    )
    for name in ("networks.yaml", "known-hubs.yaml"):
        (folder / name).chmod(0o600)
    settings = settings_of(office_rules(folder))

    assert settings.max_members > settings_of(NO_RULES).max_members
    assert settings.known_hubs[-1].id == "desk1"


@pytest.mark.parametrize("name", ["../norms/nl", "../../elsewhere", "five-barriers.yaml", "none"])
def test_a_model_by_id_is_one_of_the_rules_and_never_a_path(name: str) -> None:
    with pytest.raises(InputError, match="not found"):
        named_model(name, Rules())


def test_a_copy_of_the_shipped_rules_is_refused_in_one_line_with_what_to_do(tmp_path: Path) -> None:
    copy = tmp_path / "rules"
    shutil.copytree(resources.graphs(), copy)
    with pytest.raises(InputError) as strange:
        office_rules(copy)
    for path in copy.iterdir():
        if path.name != "partners":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    with pytest.raises(InputError) as powers:
        powers_of(office_rules(copy))
    (copy / "partners" / "nl.yaml").unlink()
    with pytest.raises(InputError) as gates:
        sharing_of(office_rules(copy))

    assert len(strange.value.problems) == len(powers.value.problems) == len(gates.value.problems) == 1
    assert "terms of retention are no rules" in (strange.value.hint or "")
    for error in (powers.value, gates.value):
        assert "and " in str(error)
        assert " more; files are added to what ships" in str(error)
