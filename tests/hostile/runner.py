"""Runs the program in processes that may have 3 GiB of address space, and says how they ended.

One server imports everything once; each run is a fork of it, so that hundreds of files take seconds. The server is this
file run as a program: requests and answers are lines of JSON.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import select
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ADDRESS_SPACE = 3 << 30
SECONDS = 60  # then it is killed


@dataclass(frozen=True)
class Ended:
    """How a run ended: its code is negative for a signal, `memory` the largest resident size in bytes."""

    code: int
    out: str
    err: str
    memory: int


class Runner:
    """The server, from this side."""

    def __init__(self, limit: int = ADDRESS_SPACE) -> None:
        here = Path(__file__).resolve()
        paths = [str(here.parent.parent.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
        env = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "OPENBLAS_NUM_THREADS": "1", "PYTHONUTF8": "1"}
        self._server = subprocess.Popen(
            [sys.executable, str(here), str(limit)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env
        )

    def run(self, *arguments: Any, stdin: str | None = None, cwd: Path | None = None) -> Ended:
        """Run the program with these arguments, its standard input a file."""
        assert self._server.stdin
        assert self._server.stdout
        spoken = {"arguments": [os.fspath(a) for a in arguments], "stdin": stdin, "cwd": cwd and os.fspath(cwd)}
        self._server.stdin.write(json.dumps(spoken).encode() + b"\n")
        self._server.stdin.flush()
        return Ended(**json.loads(self._server.stdout.readline()))

    def close(self) -> None:
        assert self._server.stdin
        assert self._server.stdout
        self._server.stdin.close()
        self._server.stdout.close()
        self._server.wait(300)


def _serve(limit: int) -> None:
    for module in _modules():
        importlib.import_module(module)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    for line in sys.stdin:
        print(json.dumps(_forked(json.loads(line))), flush=True)


def _modules() -> list[str]:
    """What runs import, as a run in a process of its own tells; importing starts no thread."""
    with tempfile.TemporaryDirectory() as folder:
        for suffix in ("npy", "csv", "parquet", "arrow"):
            Path(folder, f"x.{suffix}").touch()
        Path(folder, "z.csv").write_text("pred,label\n1,2\n")
        asked = [["compute", "mse", f"{folder}/{name}"] for name in sorted(os.listdir(folder))]
        asked.append(["compute", "sigmoid_cross_entropy", f"{folder}/z.csv", "--format", "json"])
        ended = subprocess.run([sys.executable, "-c", _PROBE, json.dumps(asked)], capture_output=True, check=True)
    names = set(json.loads(ended.stdout.splitlines()[-1]))
    return sorted(name for name in names if name != "__main__" and name not in sys.modules)


_PROBE = """
import json, sys
from losscli.cli.main import run
for arguments in json.loads(sys.argv[1]):
    run(arguments)
import pyarrow.parquet, pyarrow.ipc, pyarrow.csv
print(json.dumps([name for name, module in sys.modules.items() if getattr(module, "__spec__", None)]))
"""


def _forked(spoken: dict[str, Any]) -> dict[str, Any]:
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = os.fork()
        if child == 0:
            _child(spoken, out.fileno(), err.fileno())
        ready = os.pidfd_open(child)
        if not select.select([ready], [], [], SECONDS)[0]:
            os.kill(child, signal.SIGKILL)
        os.close(ready)
        _, status, usage = os.wait4(child, 0)
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read(1 << 20).decode("utf-8", "surrogateescape"))
    return {
        "code": os.waitstatus_to_exitcode(status),
        "out": texts[0],
        "err": texts[1],
        "memory": usage.ru_maxrss << 10,
    }


def _child(spoken: dict[str, Any], out: int, err: int) -> None:
    try:
        if spoken["cwd"]:
            os.chdir(spoken["cwd"])
        os.dup2(os.open(spoken["stdin"] or os.devnull, os.O_RDONLY), 0)
        os.dup2(out, 1)
        os.dup2(err, 2)
        sys.stdin = os.fdopen(0, closefd=False)
        sys.argv = ["losscli", *spoken["arguments"]]
        from losscli.__main__ import main

        main()
    finally:
        os._exit(99)


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
