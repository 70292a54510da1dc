"""Tables for spreadsheets: no cell starts a formula or hides anything, whatever the type of the column."""

from __future__ import annotations

import pandas as pd
import pytest

from barrier.spreadsheet import csv_text, safe_cells

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", "\uff1d1", "\uff0b1", "\uff0d1", "\uff201"]


@pytest.mark.parametrize("kind", ["str", "object"])
@pytest.mark.parametrize("text", FORMULAS, ids=ascii)
def test_no_cell_starts_a_formula(text: str, kind: str) -> None:
    made = safe_cells(pd.DataFrame({"a": pd.Series(["x", text, None], dtype=kind)}))["a"]

    assert made[0] == "x"
    assert made[1].startswith("'")
    assert pd.isna(made[2])


@pytest.mark.parametrize("kind", ["str", "object"])
@pytest.mark.parametrize("text", ["a\x1bb", "a\u202eb", "a\x9bb", "a\U000e0041b"], ids=ascii)
def test_what_would_steer_or_hide_is_shown(text: str, kind: str) -> None:
    made = safe_cells(pd.DataFrame({"a": pd.Series(["x", text], dtype=kind)}))["a"]

    assert made[1] == f"a⟨U+{ord(text[1]):04X}⟩b"


def test_names_of_columns_are_cells_too_and_numbers_stay_numbers() -> None:
    assert csv_text(pd.DataFrame({"=a": [-1], "\x1b": [2.5]})) == "'=a,⟨U+001B⟩\n-1,2.5\n"
