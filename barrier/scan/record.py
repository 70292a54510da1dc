"""What scan.json says of a scan, but for times.

Rule: numbers, hashes and names of rules; nothing of a person or a place.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from barrier.analysis.ruleset import RuleSet
from barrier.detect.run import DetectorRun
from barrier.ingest.region import Region
from barrier.scan.importing import counted_lines
from barrier.scan.set_aside import failed_warnings, rows_set_aside, set_aside_warning, used_detector
from barrier.version import VERSION


def scan_record(
    region: Region, runs: Sequence[DetectorRun], terms: RuleSet, *, purpose: str, store: str
) -> dict[str, Any]:
    """Return the content of scan.json but for times: what was looked at, by which rules."""
    used = [used_detector(r) for r in runs]
    config, day, model = region.folder.config, terms.day, terms.model
    by = [used, model.id, model.version, terms.rules.digest, VERSION]
    identity = json.dumps([region.fingerprint, day.isoformat(), *by])
    return {
        "scan_id": hashlib.sha256(identity.encode()).hexdigest()[:16],
        "region": region.folder.name,
        "at": day.isoformat(),
        "purpose": purpose,
        "view": "",
        "legal_basis": config.legal_basis,
        "extract_date": config.extract_date.isoformat() if config.extract_date else None,
        "software_version": VERSION,
        "model": {"id": model.id, "version": model.version, "name": model.name},
        "store": "neo4j" if "://" in store else "embedded",
        "input_fingerprint": region.fingerprint,
        "rows": {c.file: c.as_record() for c in region.row_counts},
        "rows_read": region.rows_read,
        "rows_loaded": {k: v for k, v in region.rows_loaded.items() if v},
        "rows_rejected": region.rejects.faults(),
        "rows_set_aside": rows_set_aside(region),
        "withheld": region.withheld,
        "detectors": used,
        "norms": terms.norms.digest(),
        "rules": terms.rules.digest,
        "findings": {r.detector.id: len(r.findings) for r in runs if not r.failed},
        "warnings": [*failed_warnings(runs), *region.notes, *set_aside_warning(region), *counted_lines(region)],
    }
