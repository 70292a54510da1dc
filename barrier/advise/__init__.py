"""Advice: which partner can intervene at which barrier, with what, in which order, and what it does to the victim."""
