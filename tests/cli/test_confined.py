"""A confined process: no threads, the first one of a container, a package in a zip or without its sources."""

from __future__ import annotations

import compileall
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
import zipapp
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli_words import MSE, VALUE, posix
from conftest import ROOT, command, environment

NO_THREADS = """
import sys, threading
def refuse(self):
    raise RuntimeError("can't start new thread")
threading.Thread.start = refuse
from losscli.__main__ import main
main()
"""


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """Files of several blocks."""
    rng = np.random.default_rng(0)
    pred, label = rng.normal(size=(2, 120_000))
    np.save(tmp_path / "p.npy", pred)
    np.save(tmp_path / "y.npy", label)
    with open(tmp_path / "both.csv", "w") as file:
        file.write("pred,label\n")
        file.writelines(f"{a!r},{b!r}\n" for a, b in zip(pred.tolist(), label.tolist(), strict=True))
    return tmp_path


@pytest.mark.parametrize(
    "words",
    [
        ("compute", "mse", "p.npy", "y.npy", "--threads", "2"),
        ("compute", "mse", "both.csv", "--threads", "2"),
        ("compute", "mse", "p.npy", "y.npy", "--json"),
        ("batch", "p.npy", "y.npy", "--labels", "y.npy", "-l", "mse", "--jobs", "2"),
        ("compare", "p.npy", "y.npy", "y.npy", "-l", "mse", "--threads", "2"),
    ],
)
def test_without_threads_the_main_one_works(many: Path, words: tuple[str, ...]) -> None:
    usual, confined = (
        subprocess.run([*start, *words], cwd=many, env=environment(), capture_output=True, text=True, timeout=120)
        for start in (command(), [sys.executable, "-c", NO_THREADS])
    )
    assert (confined.returncode, confined.stderr) == (usual.returncode, usual.stderr)

    def timeless(text: str) -> list[str]:
        return [line for line in text.splitlines() if "elapsed_s" not in line]

    assert timeless(confined.stdout) == timeless(usual.stdout)


@posix
@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="root has no limit of processes, and sets others'")
def test_a_limit_of_processes(many: Path) -> None:
    if shutil.which("setpriv") is None:
        pytest.skip("needs setpriv")
    for folder in (many, *many.parents[:3]):
        folder.chmod(0o755)

    def limited(*words: str) -> subprocess.CompletedProcess[str]:
        script = 'ulimit -u 1; exec setpriv --reuid 54321 --clear-groups "$@"'
        return subprocess.run(
            ["bash", "-c", script, "bash", *command(*words)], cwd=many, env=environment(), capture_output=True,
            text=True, timeout=120, check=False,
        )  # fmt: skip

    arrays = limited("compute", "mse", "p.npy", "y.npy", "--format", "value")
    if arrays.returncode in (126, 127) or "No module named" in arrays.stderr:
        pytest.skip("the interpreter is root's alone")
    assert (arrays.returncode, arrays.stderr) == (0, "")
    text = limited("compute", "mse", "both.csv", "--format", "value", "-q")
    assert text.returncode == 2
    assert "both.csv is text, which is parsed in a thread, and the system lets this process start none." in text.stderr


@posix
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)])
def test_the_first_process_of_a_container(tmp_path: Path, number: int, code: int) -> None:
    """The system does not end it by a signal's default, so it must end itself."""
    unshare = shutil.which("unshare")
    if unshare is None or os.geteuid() != 0:
        pytest.skip("only root makes a container")
    made = subprocess.run([unshare, "-pf", "--mount-proc", "true"], capture_output=True, check=False)
    if made.returncode:
        pytest.skip("containers cannot be made here")
    target = tmp_path / "out.json"
    words = command("compute", "mse", "-", "--pred", "pred", "--label", "label", "-o", target)
    with subprocess.Popen(
        [unshare, "-pf", "--mount-proc", *words], stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
    ) as outer:
        children = Path(f"/proc/{outer.pid}/task/{outer.pid}/children")
        until = time.monotonic() + 300
        while not any(name.startswith(".losscli-") for name in os.listdir(tmp_path)) and time.monotonic() < until:
            time.sleep(0.05)
        time.sleep(0.2)
        os.kill(int(children.read_text().split()[0]), number)
        assert outer.wait(300) == code
    assert os.listdir(tmp_path) == []


# -- packages without sources, or without a folder ----------------------------------------------------------------


def packed(folder: Path, kind: str) -> list[str]:
    """The start of a command that runs the package from there, and from nowhere else."""
    shutil.copytree(ROOT / "losscli", folder / "src" / "losscli", ignore=shutil.ignore_patterns("__pycache__"))
    if kind == "zip":
        (folder / "src" / "__main__.py").write_text("from losscli.__main__ import main\nmain()\n")
        zipapp.create_archive(folder / "src", folder / "losscli.pyz")
        shutil.rmtree(folder / "src")
        return [sys.executable, "-S", str(folder / "losscli.pyz")]
    assert compileall.compile_dir(folder / "src", legacy=True, quiet=2)
    for source in (folder / "src").rglob("*.py"):
        source.unlink()
    return [sys.executable, "-S", "-m", "losscli"]


@pytest.mark.parametrize("kind", ["zip", pytest.param("compiled", marks=pytest.mark.slow)])
def test_a_package_without_sources_runs(tmp_path: Path, sample_data: Path, cli: Any, kind: str) -> None:
    start = packed(tmp_path, kind)
    paths = [sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    if kind == "compiled":
        paths.insert(0, str(tmp_path / "src"))
    env = {**environment(), "PYTHONPATH": os.pathsep.join(paths)}

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*start, *words], cwd=sample_data, env=env, capture_output=True, text=True, timeout=120, check=False
        )

    assert run(*MSE, "--format", "value").stdout == VALUE
    for words in (
        ("list",), ("show", "focal"), ("schema", "report"), ("schema", "suite"),
        ("batch", "suite.toml", "--format", "csv"), ("inspect", "cancer/logits.npy", "cancer/labels.npy"),
    ):  # fmt: skip
        packed_run = run(*words)
        assert (packed_run.returncode, packed_run.stdout) == tuple(cli(*words))[:2], words
