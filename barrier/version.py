"""The version of Barrier, as in pyproject.toml."""

VERSION = "0.1.0"
