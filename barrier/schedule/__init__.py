"""Scans at set times: jobs, deliveries that are picked up from a drop folder, what became of each run."""
