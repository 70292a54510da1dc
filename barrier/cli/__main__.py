"""`python -m barrier.cli`: the same as `barrier`."""

from __future__ import annotations

from barrier.cli.main import main

main()
