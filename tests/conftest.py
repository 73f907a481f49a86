"""What the tests share: the sample data, and two ways to run the program."""

from __future__ import annotations

import io
import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from batch_data import ROWS
from hypothesis import HealthCheck, settings
from printed_numbers import Unrounded, settled

collect_ignore = ["plugin_example"]  # a package of its own, which test_plugins installs
ROOT = Path(__file__).resolve().parent.parent

# Hypothesis would fail a test that is slow on a busy machine. The default run draws the same data every time, so that a
# change fails for what it changed; --hypothesis-profile=search draws new data, and more of them.
_AT_LEISURE = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("losscli", derandomize=True, max_examples=40, **_AT_LEISURE)
settings.register_profile("search", max_examples=1000, **_AT_LEISURE)
settings.load_profile("losscli")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-goldens", action="store_true", help="write tests/goldens anew, to be read as diffs")


def pytest_configure() -> None:
    """A shell may start its background jobs deaf to Ctrl-C, and children inherit it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@dataclass(frozen=True)
class Ran:
    """How a run of the program ended."""

    code: int
    out: str
    err: str

    def __iter__(self) -> Iterator[Any]:
        return iter((self.code, self.out, self.err))


def _ours(name: str) -> bool:
    """Whether a variable sets an option of the program."""
    return name.startswith(("LOSSCLI_", "_LOSSCLI_"))


def environment(**changes: str) -> dict[str, str]:
    """The environment of a child process: this project first, and none of the caller's taste in output."""
    taste = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "TERM")
    taste += ("PYTHONIOENCODING", "PYTHONWARNINGS")
    taste += ("PYTHONDONTWRITEBYTECODE",)  # or every child would compile the package anew
    kept = {name: value for name, value in os.environ.items() if name not in taste and not _ours(name)}
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**kept, "PYTHONPATH": os.pathsep.join(paths), "PYTHONUTF8": "1", **changes}


def command(*arguments: Any) -> list[Any]:
    """The argument vector that starts the program in a process of its own."""
    return [sys.executable, "-m", "losscli", *arguments]


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, and what it holds."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="session")
def sample_data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of real predictions: a copy that may only be read, and that nobody, root included, has written to."""
    original = ROOT / "sample_data"
    copied = tmp_path_factory.mktemp("read_only") / "sample_data"
    shutil.copytree(original, copied, copy_function=shutil.copyfile)
    for path in (*copied.rglob("*"), copied):
        path.chmod(0o555 if path.is_dir() else 0o444)
    yield copied
    assert contents(copied) == contents(original), "a test wrote to the sample data"


@pytest.fixture
def in_samples(sample_data: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same, as the current folder, so that outputs hold short paths."""
    monkeypatch.chdir(sample_data)
    return sample_data


@pytest.fixture
def process(sample_data: Path) -> Callable[..., Ran]:
    """Run the program in a process of its own: `process("compute", "mse", ..., env={...}, stdin=b"...")`."""

    def run(*arguments: Any, env: dict[str, str] | None = None, stdin: bytes = b"", **options: Any) -> Ran:
        options.setdefault("cwd", sample_data)
        ended = subprocess.run(
            command(*arguments), input=stdin, capture_output=True, env=environment(**env or {}), timeout=60, **options
        )
        return Ran(ended.returncode, ended.stdout.decode(), ended.stderr.decode())

    return run


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, in_samples: Path) -> Callable[..., Ran]:
    """Run the program in this process, from the sample data: fast, streams captured. `stdin` is what is piped in."""
    from losscli.cli.main import run as run_here

    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", *filter(_ours, list(os.environ))):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: Any, stdin: bytes = b"", encoding: str = "utf-8") -> Ran:
        out = io.TextIOWrapper(io.BytesIO(), encoding, errors="backslashreplace", newline="")
        err = io.StringIO()
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(stdin))))
        with redirect_stdout(out), redirect_stderr(err):
            code = run_here([str(argument) for argument in arguments])
            out.flush()
        return Ran(code, out.buffer.getvalue().decode(encoding), err.getvalue())

    return run


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder of a batch: four files of predictions, p0.npy to p3.npy, and y.npy."""
    rng = np.random.default_rng(5)
    np.save(tmp_path / "y.npy", rng.normal(size=ROWS))
    for i in range(4):
        np.save(tmp_path / f"p{i}.npy", rng.normal(size=ROWS))
    return tmp_path


@pytest.fixture
def batch(cli: Callable[..., Ran], data: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ran]:
    """Run `losscli batch` in the folder of the data."""

    def run(*arguments: Any, **options: Any) -> Ran:
        monkeypatch.chdir(data)
        return cli("batch", *arguments, **options)

    monkeypatch.chdir(data)
    return run


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Compare a text with tests/goldens/NAME.txt, or bring that file up to date under --update-goldens.

    Numbers in it agree as `printed_numbers` says, which also tells what `unrounded` is.
    """

    def check(name: str, text: str, unrounded: Unrounded = ()) -> None:
        path = Path(__file__).parent / "goldens" / f"{name}.txt"
        written = path.read_bytes().decode() if path.exists() else None
        current = text if written is None else settled(written, text, unrounded)
        if request.config.getoption("--update-goldens") and current != written:
            path.write_text(current, encoding="utf-8", newline="")
            return
        assert written is not None, f"{path} is missing: run pytest --update-goldens"
        assert current == written

    return check


@pytest.fixture
def run(cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Any]:
    """The command line as it is typed, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return lambda command: cli(*shlex.split(command))


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Text is read in short pieces, so that small files are cut where large ones are."""
    monkeypatch.setattr("losscli.sources.formats.csv.csv_chunks._CHUNK", 4096)
