"""Files that are written are whole or as they were: after kill -9 at any moment, on a full disk, in a folder no one may
write to; and nothing else is ever written over."""

from __future__ import annotations

import errno
import os
import random
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import command, environment

from losscli.core.errors import UsageProblem
from losscli.report.writing import atomic_file
from losscli.report.writing.atomic_file import AtomicFile

posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX")
MSE = ("compute", "mse", "diabetes/pred.npy", "diabetes/label.npy")
SIZE = 300_000

WRITER = """
import sys
from losscli.report.writing.atomic_file import AtomicFile
turn = 0
while True:
    turn += 1
    sink = AtomicFile(sys.argv[1], [])
    sink.write(chr(97 + turn % 26) * int(sys.argv[2]) + "end")
    if turn == 1:
        print("ready", flush=True)
"""


def leftovers(folder: Path) -> list[str]:
    return [name for name in os.listdir(folder) if name.startswith(".losscli-")]


def whole(text: str) -> bool:
    """Whether a text is one that WRITER writes: one letter, all of it, and the end."""
    return len(text) == SIZE + 3 and text.endswith("end") and len(set(text[:SIZE])) == 1


@posix
def test_killed_fifty_times_while_it_writes(tmp_path: Path) -> None:
    dice = random.Random(5)
    target = tmp_path / "report.json"
    caught = 0
    for _ in range(50):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(target), str(SIZE)], stdout=subprocess.PIPE, env=environment()
        ) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == b"ready\n"
            time.sleep(dice.random() * 0.02)
            child.kill()
        assert whole(target.read_text())
        caught += len(leftovers(tmp_path))
        for name in leftovers(tmp_path):  # what a killed process leaves is beside the target, never in its place
            (tmp_path / name).unlink()
    assert caught > 5, "the kills came when nothing was being written"
    assert os.listdir(tmp_path) == ["report.json"]


def killed(arguments: tuple[Any, ...], after: float, number: int, folder: Path) -> int:
    with subprocess.Popen(
        command(*arguments), cwd=folder, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as child:
        time.sleep(after)
        child.send_signal(number)
        return child.wait(300)


def killed_runs(folder: Path, samples: Path, numbers: tuple[int, ...], turns: int) -> Iterator[tuple[int, int]]:
    """The program ended at moments spread over its run, and whether its target was old or new each time."""
    target = folder / "out.json"
    start = time.monotonic()
    subprocess.run(command(*MSE, "-o", target), cwd=samples, env=environment(), check=True)
    span, new = time.monotonic() - start, target.read_text()
    for turn in range(turns):
        target.write_text("old")
        number = numbers[turn % len(numbers)]
        code = killed((*MSE, "-o", target), span * (turn + 0.5) / turns * 1.1, number, samples)
        found = target.read_text()
        assert found == "old" or (found[0], found[-2:], len(found) - len(new) < 9) == ("{", "}\n", True)
        yield number, code
        if number != signal.SIGKILL:
            assert leftovers(folder) == []
        for name in leftovers(folder):
            (folder / name).unlink()


HALF_IMPORTED = """
import os, signal, sys, types
from losscli.cli import stop
stop.install()
for name in ("losscli.report.writing.atomic_file", "losscli.cli.progress"):
    sys.modules[name] = types.ModuleType(name)
os.kill(os.getpid(), int(sys.argv[1]))
"""


@posix
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM)])
def test_a_signal_while_modules_are_imported(number: int, code: int) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", HALF_IMPORTED, str(int(number))], capture_output=True, text=True, env=environment(),
        timeout=300,
    )  # fmt: skip
    assert ended.returncode == code
    assert ended.stderr in ("", "losscli: interrupted.\n")


MISSED = """
import os, signal, threading
from losscli.cli import stop
stop.install()
stop.watch()
threading.Timer(0.3, lambda: signal.pthread_kill(threading.get_ident(), signal.SIGINT)).start()
os.read(0, 1)
"""


@posix
def test_a_signal_that_does_not_wake_the_main_thread() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", MISSED], stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
    ) as child:
        assert child.wait(300) == 130
        assert child.stderr is not None
        assert child.stderr.read() == b"losscli: interrupted.\n"


@posix
def test_the_program_killed(tmp_path: Path, sample_data: Path) -> None:
    for number, code in killed_runs(tmp_path, sample_data, (signal.SIGKILL, signal.SIGINT, signal.SIGTERM), 9):
        assert code in ({-number, 0} if number != signal.SIGINT else {130, 0, -number})


@posix
@pytest.mark.slow
def test_the_program_killed_fifty_times(tmp_path: Path, sample_data: Path) -> None:
    assert len(list(killed_runs(tmp_path, sample_data, (signal.SIGKILL,), 50))) == 50


# -- what goes wrong while writing -----------------------------------------------------------------------------


def failing(error: int) -> Callable[..., Any]:
    def fail(*_: Any, **__: Any) -> Any:
        raise OSError(error, os.strerror(error))

    return fail


@pytest.mark.parametrize("step", ["fsync", "replace", "chmod", "open"])
@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.EIO, errno.EACCES])
def test_a_step_that_fails_leaves_the_old_file(
    cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, error: int
) -> None:
    target = tmp_path / "out.json"
    target.write_text("before")
    monkeypatch.setattr(atomic_file.os, step, failing(error))
    code, out, err = cli(*MSE, "-o", target)
    monkeypatch.undo()
    said = os.strerror(error).lower()
    assert (code, out, err) == (2, "", f"losscli: {target} cannot be written: {said}.\n")
    assert target.read_text() == "before"
    assert os.listdir(tmp_path) == ["out.json"]


LIMITED = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200))
sys.argv = ["losscli", *sys.argv[1:]]
from losscli.__main__ import main
main()
"""


@posix
def test_a_file_that_does_not_fit(tmp_path: Path, sample_data: Path) -> None:
    """A real error in the middle of writing: the process may write 200 bytes a file."""
    target = tmp_path / "out.json"
    target.write_text("before")
    ended = subprocess.run(
        [sys.executable, "-c", LIMITED, *MSE, "-o", str(target)],
        cwd=sample_data, env=environment(PYTHONDONTWRITEBYTECODE="1"), capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == f"losscli: {target} cannot be written: file too large.\n"
    assert target.read_text() == "before"
    assert os.listdir(tmp_path) == ["out.json"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 16 KiB; only root can make one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    if mount is None or os.name != "posix" or os.geteuid() != 0:
        pytest.skip("only root can mount a disk")
    made = subprocess.run([mount, "-t", "tmpfs", "-o", "size=16k", "tmpfs", folder], capture_output=True, check=False)
    if made.returncode:
        pytest.skip("disks cannot be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


def test_a_full_disk(cli: Any, small_disk: Path) -> None:
    target = small_disk / "out.json"
    target.write_text("before")
    with pytest.raises(OSError, match="No space left"):
        (small_disk / "filler").write_bytes(bytes(1 << 16))
    code, out, err = cli(*MSE, "-o", target)
    assert (code, out, err) == (2, "", f"losscli: {target} cannot be written: no space left on device.\n")
    assert target.read_text() == "before"
    assert sorted(os.listdir(small_disk)) == ["filler", "out.json"]


@posix
def test_a_disk_that_is_read_only(cli: Any, small_disk: Path) -> None:
    target = small_disk / "out.json"
    target.write_text("before")
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    assert cli(*MSE, "-o", target).code == 2
    assert target.read_text() == "before"
    assert os.listdir(small_disk) == ["out.json"]


@posix
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
@pytest.mark.parametrize("format_", ["json", "plain", "value", "table"])
def test_standard_output_that_is_full(sample_data: Path, format_: str) -> None:
    with open("/dev/full", "wb") as full:
        ended = subprocess.run(
            command(*MSE, "--format", format_),
            stdout=full, stderr=subprocess.PIPE, cwd=sample_data, env=environment(), timeout=60,
        )  # fmt: skip
    assert ended.returncode == 2
    assert ended.stderr == b"losscli: Standard output cannot be written: no space left on device.\n"


@posix
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_device_that_is_full(cli: Any) -> None:
    code, _, err = cli(*MSE, "-o", "/dev/full")
    assert (code, err) == (2, "losscli: /dev/full cannot be written: no space left on device.\n")
    assert stat.S_ISCHR(os.stat("/dev/full").st_mode)


# -- what is never written over --------------------------------------------------------------------------------


@posix
def test_other_kinds_of_files_are_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(UsageProblem, match="is a folder"):
        AtomicFile(str(tmp_path / "folder"), [])
    (tmp_path / "to folder").symlink_to("folder")
    with pytest.raises(UsageProblem, match="is a folder"):
        AtomicFile(str(tmp_path / "to folder"), [])
    (tmp_path / "circle").symlink_to("circle")
    with pytest.raises(UsageProblem, match="cannot be written"):
        AtomicFile(str(tmp_path / "circle" / "x"), [])
    with socket.socket(socket.AF_UNIX) as made:
        here = os.getcwd()
        os.chdir(tmp_path)
        try:
            made.bind("socket")
        finally:
            os.chdir(here)
        with pytest.raises(UsageProblem, match="cannot be written"):
            AtomicFile(str(tmp_path / "socket"), [])
        assert stat.S_ISSOCK((tmp_path / "socket").stat().st_mode)
    assert leftovers(tmp_path) == []


@posix
def test_a_link_in_a_circle_is_left_alone(tmp_path: Path) -> None:
    circle = tmp_path / "circle"
    circle.symlink_to("circle")
    with pytest.raises(UsageProblem, match="leads to itself"):
        AtomicFile(str(circle), [])
    assert circle.is_symlink()
    assert leftovers(tmp_path) == []


@posix
def test_a_pipe_that_is_an_input_is_no_target(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "link").symlink_to("fifo")
    for name in ("fifo", "link"):
        with pytest.raises(UsageProblem, match="is an input"):
            AtomicFile(str(tmp_path / name), [str(tmp_path / "fifo")])


@posix
def test_links_to_inputs_by_all_names(tmp_path: Path) -> None:
    source = tmp_path / "in.npy"
    source.write_bytes(b"data")
    (tmp_path / "folder").mkdir()
    (tmp_path / "soft").symlink_to("in.npy")
    (tmp_path / "soft of soft").symlink_to("soft")
    os.link(source, tmp_path / "hard")
    (tmp_path / "way").symlink_to(tmp_path)
    for name in ("in.npy", "soft", "soft of soft", "hard", "way/in.npy", "folder/../in.npy", "./in.npy"):
        for given in (source, tmp_path / "hard", tmp_path / "soft"):
            with pytest.raises(UsageProblem, match="is an input"):
                AtomicFile(str(tmp_path / name), [str(given)])
    assert source.read_bytes() == b"data"
    assert leftovers(tmp_path) == []


def test_a_member_of_a_data_set_is_an_input(cli: Any, tmp_path: Path) -> None:
    for number in range(2):
        (tmp_path / f"{number}.csv").write_text("pred,label\n1,2\n")
    for given in (tmp_path, tmp_path / "*.csv"):
        code, _, err = cli("compute", "mse", given, "-o", tmp_path / "1.csv")
        assert (code, "is an input" in err) == (2, True)
    assert (tmp_path / "1.csv").read_text() == "pred,label\n1,2\n"
    assert sorted(os.listdir(tmp_path)) == ["0.csv", "1.csv"]


@posix
@pytest.mark.skipif(os.name == "posix" and os.geteuid() != 0, reason="only root gives files away")
def test_the_owner_stays(tmp_path: Path) -> None:
    target = tmp_path / "out"
    target.write_text("before")
    os.chown(target, 1234, 2345)
    target.chmod(0o640)
    AtomicFile(str(target), []).write("after")
    found = target.stat()
    assert (found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)) == (1234, 2345, 0o640)


def test_a_name_is_known_before_the_file_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A signal may come right after the file has been made."""
    seen = []
    real = os.open

    def looking(path: Any, *rest: Any) -> int:
        seen.append(path in atomic_file._unfinished)
        return real(path, *rest)

    monkeypatch.setattr(atomic_file.os, "open", looking)
    made = AtomicFile(str(tmp_path / "out"), [])
    assert seen == [True]
    atomic_file.discard_all()
    assert os.listdir(tmp_path) == []
    made.discard()
    assert not atomic_file._unfinished


def test_a_name_that_is_taken_is_another_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = iter(["aa", "aa", "bb"])
    monkeypatch.setattr(atomic_file.secrets, "token_hex", lambda _: next(names))
    (tmp_path / ".losscli-aa").write_text("mine")
    AtomicFile(str(tmp_path / "out"), []).write("text")
    assert (tmp_path / ".losscli-aa").read_text() == "mine"
    assert (tmp_path / "out").read_text() == "text"
