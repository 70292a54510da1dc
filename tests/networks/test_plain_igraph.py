"""igraph is imported without Matplotlib, which would cost every command half a second at its start."""

from __future__ import annotations

import subprocess
import sys


def test_the_command_line_starts_without_matplotlib_and_can_draw_when_it_has_to() -> None:
    code = (
        "import sys, barrier.cli.scanning\n"
        "print([m for m in sys.modules if m.split('.')[0] == 'matplotlib'])\n"
        "from matplotlib.figure import Figure\n"
        "print(Figure().__class__.__name__)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["[]", "Figure"]
