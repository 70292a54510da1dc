"""Commands in processes of their own that need not wait for Python: forked from one that has imported everything.

A command has its own memory, files and end as one that was started from a shell, and can be killed; what is not tried
here is how Python starts (`tests/cli/test_commands.py` does).
"""

from __future__ import annotations

import atexit
import importlib
import json
import os
import pkgutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

MAIN = "from barrier.cli.main import main; main()"


def command(*words: str, code: str = MAIN, killed_after: float | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command of Barrier, or other code with these words as its arguments, in a process of its own.

    Where it is to be killed, that is so many seconds after it began, if it is at work then.
    """
    with tempfile.TemporaryDirectory() as folder:
        streams = [Path(folder) / name for name in ("stdout", "stderr")]
        asked = {"words": words, "code": code, "env": dict(os.environ), "cwd": str(Path.cwd())}
        given, told = _server()
        given(json.dumps({**asked, "streams": [str(s) for s in streams], "killed_after": killed_after}))
        status = int(told())
        stdout, stderr = (s.read_text(encoding="utf-8") for s in streams)
    return subprocess.CompletedProcess(words, os.waitstatus_to_exitcode(status), stdout, stderr)


@lru_cache(maxsize=1)
def _server() -> tuple[Callable[[str], None], Callable[[], str]]:
    start = [sys.executable, "-c", "from tests.processes import serve; serve()"]
    env = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    root = Path(__file__).parent.parent
    server = subprocess.Popen(start, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env, cwd=root)
    assert server.stdin
    assert server.stdout
    to, of = server.stdin, server.stdout

    def end() -> None:
        to.close()
        server.wait()
        of.close()

    def give(line: str) -> None:
        to.write(f"{line}\n")
        to.flush()

    atexit.register(end)
    return give, of.readline


def serve() -> None:
    """Fork a process for every line of standard input, and write how it ended."""
    import barrier

    for module in pkgutil.walk_packages(barrier.__path__, "barrier."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    names = sorted(f.read_text().strip() for f in Path("/proc/self/task").glob("*/comm"))
    assert len(names) - names.count("jemalloc_bg_thd") <= 1, names  # a process with threads is not to be forked
    for line in sys.stdin:
        asked = json.loads(line)
        after = asked.pop("killed_after")
        child = os.fork()
        if child == 0:
            _become(**asked)
        if after is not None:
            time.sleep(after)
            os.kill(child, signal.SIGKILL)  # one that has ended is there until it is waited for
        print(os.waitpid(child, 0)[1], flush=True)


def _become(words: list[str], code: str, env: dict[str, str], cwd: str, streams: list[str]) -> None:
    for number, stream in enumerate(streams, start=1):
        os.dup2(os.open(stream, os.O_WRONLY | os.O_CREAT, 0o600), number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    sys.argv = ["barrier", *words]
    status: int | None = None
    try:
        exec(compile(code, "<command>", "exec"), {"__name__": "__main__", "sys": sys})
        status = 0
    except SystemExit as done:
        status = done.code if isinstance(done.code, int) else int(done.code is not None)
    finally:
        if status is None:
            traceback.print_exc()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(1 if status is None else status)
