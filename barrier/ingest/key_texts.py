"""Which text made the id of each node that a mapping makes.

Rule: the first text that makes an id has it; another one that would make the same is told.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from barrier.ingest.mapped_cells import Mask


@dataclass
class KeyTexts:
    """Which text each id was made of, over all files of a delivery."""

    texts: dict[str, str] = field(default_factory=dict)

    def others(self, ids: pd.Series, texts: pd.Series) -> Mask:
        """Return the rows whose text makes the id of another text, and note what makes the ids that are new."""
        several = (
            texts.str.contains("[ -]", regex=True).fillna(value=False).to_numpy(dtype=bool)
        )  # others stay as they are
        pairs = pd.DataFrame({"id": ids[several], "text": texts[several]}).dropna().drop_duplicates()
        first = dict(zip(reversed(pairs["id"].tolist()), reversed(pairs["text"].tolist()), strict=True))
        self.texts = {**first, **self.texts}
        others = np.zeros(len(ids), dtype=bool)
        others[pairs.index[pairs["id"].map(self.texts) != pairs["text"]]] = True
        clashing = pairs[others[pairs.index]]
        if len(clashing):
            keys = pd.MultiIndex.from_frame(clashing[["id", "text"]])
            others = pd.MultiIndex.from_arrays([ids, texts]).isin(keys)
        return np.asarray(others, dtype=bool)
