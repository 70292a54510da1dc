"""Numbers as people and programs write them, read by what the column itself shows of its decimal sign.

Rule: a cell that can be two numbers is set aside, unless the others of its column settle which of them it is, and none
of them contradicts that; what the column settled is known, to be told.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from barrier.model.schema import Property

Mask = npt.NDArray[np.bool_]
_MOST_DIGITS = 15  # before the decimal sign; a number cell keeps no more of them
_MOST_CHARACTERS = 40
# what can be one number only, with a dot or a comma as decimal sign: nearly all cells are told by this alone
_SURE = (
    r"^-?(?:\d{{1,15}}|0\d{{0,14}}{0}\d{{1,20}}"
    r"|[1-9]\d{{0,2}}{0}(?:\d{{1,2}}|\d{{4,20}})|[1-9]\d{{3,14}}{0}\d{{1,20}})$"
)
_READ_AS = {
    sign: re.compile(rf"-?(?:(?:\d+|[1-9]\d{{0,2}}(?:{group}\d{{3}})+)(?:{sign}\d+)?|{sign}\d+)", re.A)
    for sign, group in ((r"\.", ","), (",", r"\."))
}
_BLANKS = r"[  \u00a0\u2009\u202f'\u2019]"  # between thousands
_GROUPED = re.compile(rf"-?[1-9]\d{{0,2}}(?:{_BLANKS}\d{{3}})+(?:[.,]\d+)?", re.A)
_SCIENTIFIC = re.compile(r"[+-]?\d+(?:[.,]\d+)?e[+-]?\d+", re.A | re.I)
_A_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[T ].*)?")
_NO_VALUE = re.compile(r"[+-]?(?:nan|inf|infinity|null|none|na|n/a|#n/a)", re.I)
_WITH_UNIT = re.compile(r"[€$£%]\s*[+-]?\d[\d.,]*.{0,6}|[+-]?\d[\d.,]*\s*(?:[^\W\d_]{1,5}[²2]?|[€$£%])")
_UNITS = {
    "m2": re.compile(r"(?P<number>.*?\d)\s*m[2²]", re.I),
    "EUR": re.compile(r"(?:(?:€|eur)\s*)?(?P<number>[+-]?[.,]?\d.*?)(?:\s*(?:€|euro?))?", re.I),
}
_DOUBTFUL = "can be two numbers (one {sign} before three digits), and the column does not tell which"
_CONTRADICTED = "can be two numbers (one {sign} before three digits), and the column is written in more than one way"
_WRITE = "; expected 1250 where it parts thousands, 1{mark}2500 (a zero more) where it stands before decimals"
_WRITE_WHOLE = "; expected 1250, without a sign"
_NOT_WHOLE = "not a number; expected a whole number"
_LOST = "a number in scientific notation, of which digits may be lost; expected all its digits"
_TOO_LONG = f"a number of more than {_MOST_DIGITS} digits"
_SCRIPT = "a number in the digits of another script; expected the digits 0 to 9"


@dataclass
class Numbers:
    """Distinct texts read as numbers.

    Args:
        values: The number of each, NaN where it is none or was not settled.
        wrong: Why cells are no number, with their places.
        doubtful: Cells that can be two numbers: place, read with a dot as decimal sign, read with a comma.
        shown: The decimal signs that other cells show beyond doubt.
        shapes: The signs in cells that can be two numbers, whatever they mean there.
        decided: Places of those of them that the column settled.
        sign: The decimal sign by which it did.
    """

    values: npt.NDArray[np.float64]
    wrong: dict[str, list[int]] = field(default_factory=dict)
    doubtful: list[tuple[int, float, float]] = field(default_factory=list)
    shown: set[str] = field(default_factory=set)
    shapes: set[str] = field(default_factory=set)
    decided: list[int] = field(default_factory=list)
    sign: str = ""

    def problems(self) -> list[tuple[Mask, str]]:
        """Return which cells are wrong, and why."""
        found = []
        for reason, places in self.wrong.items():
            mask = np.zeros(len(self.values), dtype=bool)
            mask[places] = True
            found.append((mask, reason))
        return found


def read_numbers(texts: pa.Array, prop: Property, whole: Callable[[], pa.Array] | None = None) -> Numbers:
    """Read distinct texts of a column as numbers.

    Args:
        texts: One text each, none empty.
        prop: What they are numbers of.
        whole: Gives the distinct texts that show what a dot means, where they are not these.
    """
    found = _read(texts, prop)
    if not found.doubtful:
        return found
    evidence = found if whole is None else _read(whole(), prop)
    if len(evidence.shown) != 1 or len(evidence.shapes) > 1:
        reason = _CONTRADICTED if evidence.shown or evidence.shapes == {".", ","} else _DOUBTFUL
        _set_aside(found, texts, reason + (_WRITE_WHOLE if prop.type == "integer" else _WRITE))
        return found
    (found.sign,) = evidence.shown
    for place, with_dot, with_comma in found.doubtful:
        if prop.type == "integer" and not (with_dot if found.sign == "." else with_comma).is_integer():
            found.wrong.setdefault(_NOT_WHOLE, []).append(place)
            continue
        found.values[place] = with_dot if found.sign == "." else with_comma
        if _possible(with_dot, prop) == _possible(with_comma, prop):
            found.decided.append(place)
    return found


def _set_aside(found: Numbers, texts: pa.Array, reason: str) -> None:
    """Say of all cells that can be two numbers why they are none, by the sign that stands in them."""
    for place, *_ in found.doubtful:
        mark = "." if "." in texts[place].as_py() else ","
        told = reason.format(sign="point" if mark == "." else "comma", mark=mark)
        found.wrong.setdefault(told, []).append(place)


def plain_numbers(texts: pa.Array) -> pa.Array:
    """Return number cells of a typed file as text that is one number only: all digits, no dot as for thousands."""
    texts = pc.replace_substring_regex(texts, r"^(-?[1-9]\d{0,2}\.\d{3})$", r"\10")
    scientific = pc.match_substring_regex(texts, r"^-?\d(?:\.\d+)?e[+-]\d{1,2}$")
    if not pc.any(scientific).as_py():
        return texts
    cells = zip(texts.to_pylist(), scientific.to_pylist(), strict=True)
    return pa.array(
        [format(Decimal(text), "f") if is_scientific else text for text, is_scientific in cells], pa.string()
    )


def _read(texts: pa.Array, prop: Property) -> Numbers:
    values = np.full(len(texts), np.nan)
    found = Numbers(values)
    left = np.ones(len(texts), dtype=bool)
    for sign in (".", ","):
        if left.any():
            _read_sure(texts, sign, left, found)
    for place in np.flatnonzero(left):
        _read_cell(int(place), texts[int(place)].as_py(), prop, found)
    if prop.type == "integer":
        broken = np.flatnonzero(np.isfinite(values) & (values != np.floor(values)))
        found.wrong.setdefault(_NOT_WHOLE, []).extend(broken.tolist())
        values[broken] = np.nan
    values += 0.0  # no minus zero
    found.wrong = {reason: places for reason, places in found.wrong.items() if places}
    return found


def _read_sure(texts: pa.Array, sign: str, left: Mask, found: Numbers) -> None:
    here = np.flatnonzero(left)
    some = texts if len(here) == len(texts) else texts.take(pa.array(here))
    sure = pc.match_substring_regex(some, _SURE.format(re.escape(sign)))
    places = here[np.asarray(sure, dtype=bool)]
    if not len(places):
        return
    cells = texts if len(places) == len(texts) else texts.take(pa.array(places))
    if pc.any(pc.match_substring(cells, sign)).as_py():
        found.shown.add(sign)
        cells = cells if sign == "." else pc.replace_substring(cells, sign, ".")
    found.values[places] = cells.cast(pa.float64()).to_numpy(zero_copy_only=False)
    left[places] = False


def _read_cell(place: int, text: str, prop: Property, found: Numbers) -> None:
    """Read one cell that is not a plain number: with thousands, a unit, in words."""
    expected = "a whole number" if prop.type == "integer" else "a number"
    if prop.unit == "year" and _A_DATE.fullmatch(text):
        expected = "the year alone, as 1985"
    plain = _without_marks(text, prop)
    dot, comma = (_reading(plain, sign) for sign in (".", ","))
    if dot is None and comma is None:
        found.wrong.setdefault(_fault(text, prop, expected), []).append(place)
    elif dot is not None and comma is not None and dot != comma:
        can_be = [_possible(value, prop) for value in (dot, comma)]
        found.doubtful.append((place, dot, comma))
        if can_be[0] == can_be[1]:
            found.shapes.add("." if "." in plain else ",")
        else:
            found.shown.add("." if can_be[0] else ",")
    else:
        found.values[place] = dot if dot is not None else comma
        if "." in plain or "," in plain:
            found.shown.add("." if dot is not None else ",")


def _without_marks(text: str, prop: Property) -> str:
    """Return a cell without its unit, a plus, and blanks or apostrophes between thousands."""
    unit = _UNITS.get(prop.unit or "")
    told = unit.fullmatch(text) if unit else None
    plain = told.group("number").strip() if told else text
    if prop.unit == "EUR":
        plain = re.sub(r"([.,])-{1,2}$", r"\g<1>00", plain)
    plain = plain.removeprefix("+")
    return re.sub(_BLANKS, "", plain) if _GROUPED.fullmatch(plain) else plain


def _reading(plain: str, sign: str) -> float | None:
    if len(plain) > _MOST_CHARACTERS or _READ_AS[re.escape(sign)].fullmatch(plain) is None:
        return None
    group = "," if sign == "." else "."
    number = plain.replace(group, "").replace(sign, ".")
    whole_part = number.partition(".")[0].lstrip("-")
    return float(number) if len(whole_part) <= _MOST_DIGITS else None


def _possible(value: float, prop: Property) -> bool:
    """Return whether a property can have a value at all; that it has to be whole does not make thousands of a dot."""
    return (prop.min is None or value >= prop.min) and (prop.max is None or value <= prop.max)


def _fault(text: str, prop: Property, expected: str) -> str:
    if _SCIENTIFIC.fullmatch(text):
        return _LOST
    if re.fullmatch(r"-?\d{16,}(?:[.,]\d*)?", text):
        return _TOO_LONG
    if _NO_VALUE.fullmatch(text):
        return f"not a number; expected {expected}, or an empty cell"
    if not text.isascii() and any(c.isdecimal() and not c.isascii() for c in text):
        return _SCRIPT
    if _WITH_UNIT.fullmatch(text):
        unit = f" in {prop.unit}" if prop.unit in _UNITS else ""
        return f"not a number; expected {expected}{unit}, without another unit or sign"
    return f"not a number; expected {expected}"
