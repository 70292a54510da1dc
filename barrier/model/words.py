"""The words for yes and no that registers write.

Rule: one list, for files that are imported and rows that are handed over.
"""

from __future__ import annotations

YES = ("true", "1", "yes", "y", "ja", "j", "t", "waar")
NO = ("false", "0", "no", "nee", "n", "f", "onwaar")
