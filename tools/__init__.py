"""Tools for maintainers; none of them is needed to run Barrier."""
