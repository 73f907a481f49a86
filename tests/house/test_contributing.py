"""What CONTRIBUTING says of a new loss, done as it says: one file is added to a copy, and one command is run."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, environment

PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
SHOWN = re.search(r"<!-- begin file: (\S+) -->\n```python\n(.*?)```\n<!-- end file -->", PAGE, re.S)
COMMANDS = re.search(r"<!-- new loss commands -->\n```bash\n(.*?)```", PAGE, re.S)
COPIED = ("losscli", "docs", "tests", "sample_data", "benchmarks")
COPIED += ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "pyproject.toml")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project without the loss that the page adds, and with everything written anew that follows from that."""
    assert SHOWN is not None
    into = tmp_path_factory.mktemp("copy")
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, into / name, ignore=shutil.ignore_patterns("__pycache__", ".*_cache"))
        else:
            shutil.copy(source, into / name)
    page = into / "CONTRIBUTING.md"
    page.write_text(PAGE.replace(SHOWN[0], ""), encoding="utf-8")
    (into / SHOWN[1]).unlink()
    run(into, sys.executable, "docs/make.py")
    return into


def run(folder: Path, *command: str) -> str:
    env = {**environment(), "PYTHONPATH": str(folder)}
    ended = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=600)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def texts(folder: Path) -> dict[str, bytes]:
    paths = (path for path in folder.rglob("*") if path.is_file() and "cache" not in path.as_posix())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def test_a_loss_is_one_file_and_one_command(copy: Path) -> None:
    assert SHOWN is not None
    assert COMMANDS is not None
    path, source = SHOWN.groups()
    name = Path(path).stem
    before = texts(copy)
    assert not any(name.encode() in text for file, text in before.items() if file.startswith("losscli/losses/"))
    (copy / path).write_text(source, encoding="utf-8")
    make, tests = COMMANDS[1].strip().splitlines()
    assert make == "python docs/make.py"
    run(copy, sys.executable, *make.split()[1:])
    after = texts(copy)
    changed = {file for file in after if after[file] != before.get(file)}
    of_losses = {"losscli/losses/index.py", "losscli/losses/catalogue.py"}
    assert {path, *of_losses, "README.md", "tests/goldens/list.txt"} <= changed
    others = changed - {path, *of_losses, "README.md", "tests/goldens/list.txt"}
    assert all(file.startswith(("docs/", "sample_data/SOURCE.md")) for file in others)
    value = run(
        copy, sys.executable, "-m", "losscli", "compute", name, "sample_data/diabetes/pred.npy",
        "sample_data/diabetes/label.npy", "--format", "value",
    )  # fmt: skip
    assert float(value) > 0
    assert tests.startswith("python -m pytest ")
    words = [word.strip('"') for word in re.findall(r'"[^"]*"|\S+', tests)][3:]
    out = run(copy, sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-n", "0", *words)
    assert " passed" in out
