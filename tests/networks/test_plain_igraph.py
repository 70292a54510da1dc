"""igraph is imported without Matplotlib, which would cost every command half a second where it is installed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def test_the_command_line_starts_without_matplotlib_and_leaves_it_to_others(tmp_path: Path) -> None:
    (tmp_path / "matplotlib").mkdir()
    (tmp_path / "matplotlib" / "__init__.py").write_text("def use(backend): ...\n")
    (tmp_path / "matplotlib" / "pyplot.py").write_text("")
    code = (
        "import sys, barrier.cli.scanning\n"
        "print([m for m in sys.modules if m.split('.')[0] == 'matplotlib'])\n"
        "import matplotlib.pyplot\n"
        "print(matplotlib.pyplot.__name__)"
    )
    env = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env)

    assert done.stdout.split() == ["[]", "matplotlib.pyplot"]
