"""What a log of readings shows when it is checked: what was changed in it, and what is gone from it.

Rule: nothing is written, and lines are named by their number alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection

from barrier import chain
from barrier.audit.log import LOST, MISSING, UNMARKED, Log, lines_said, unexplained
from barrier.audit.marks import named
from barrier.chain import Anchor, Checked


def check_log(log: Log, anchors: Collection[Anchor] = ()) -> Checked:
    """Return what a log shows: lines changed, missing, swapped or added, purposes changed or gone unsaid.

    Args:
        log: What the file holds.
        anchors: Lines that were kept elsewhere and must be here.
    """
    found = chain.check(log.links)
    found.problems += [f"line {n}: is not written as Barrier writes it" for n in log.odd]
    found.problems += _check_old(log)
    for place, torn in log.torn.items():
        if place == len(log.links):
            found.notes.append("what follows the last line was torn by a crash or a full disk")
        elif log.links[place].told().get("torn") != hashlib.sha256(torn).hexdigest():
            found.problems.append(f"before line {log.links[place].head.number}: something that is no line was put in")
        else:
            found.notes.append(f"before line {log.links[place].head.number}: a line was torn by a crash or a full disk")
    _check_lost(log, anchors, found)
    return found


def _check_lost(log: Log, anchors: Collection[Anchor], found: Checked) -> None:
    """Say which lines are not here: lost with a reason, missed by a later line, or kept elsewhere."""
    have = found.head.number if found.head else 0
    missed = [a for link in log.links for a in lines_said(link, MISSING)]
    for link in log.links:
        for line in lines_said(link, LOST):
            who = f"{link.told().get('by')} recorded why on {str(link.told().get('when'))[:10]}"
            found.notes.append(f"{named(line)} and what came with it was lost; {who} ({line.place})")
        if link.told().get(UNMARKED):
            found.notes.append(
                f"line {link.head.number} was written when the mark of the log was not there: the first line since "
                "there are marks, or the mark was removed with what it knew"
            )
    for line in unexplained(log, missed):
        found.problems.append(
            f"{line.place} was written when {named(line)}, known elsewhere, was gone; see: barrier audit restored"
        )
    for line in unexplained(log, [a for a in anchors if a.hash not in {m.hash for m in missed}]):
        found.problems.append(f"{line.place} knows {named(line)} of the log, which is not here (it ends at {have})")


def _check_old(log: Log) -> list[str]:
    said = [link.told()["continues"] for link in log.links if "continues" in link.told()]
    if not log.links:
        return ["no line is of a chain; the next reading continues them"] if log.old else []
    if not said:
        return ["before line 1: lines that no line knows were put in"] if log.old else []
    same = (said[-1].get("bytes"), said[-1].get("sha256")) == (len(log.old), hashlib.sha256(log.old).hexdigest())
    return [] if same else ["the lines of the form before, which was no chain, were changed"]
