"""Write the lock file of the detectors: id, version, hash.

Run it after a change of a detector whose rows can change, with its version raised: python -m tools.detector_lock
"""

from __future__ import annotations

import json
from pathlib import Path

from barrier.detect.library import load_detectors

FILE = Path(__file__).parent.parent / "tests" / "detect" / "detectors.lock.json"

if __name__ == "__main__":
    lock = {d.id: {"version": d.header.version, "hash": d.digest} for d in load_detectors()}
    FILE.write_text(json.dumps(lock, indent=1, sort_keys=True) + "\n", encoding="utf-8", newline="\n")
    print(f"{FILE.name}: {len(lock)} detectors")
