"""Outputs that are no file of their own: streams that join a log, and files that can only be written over in place."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cli_words import MSE, VALUE, leftovers, posix
from conftest import command, environment

from losscli.report.writing.atomic_file import AtomicFile
from losscli.report.writing.destination import can_be_replaced, stream_behind

pytestmark = posix
ANYBODY = 65534
as_root = pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root becomes another or mounts")


def shell(folder: Path, script: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a script in which $LOSS is the program with a loss and its data, printing the number alone."""
    sample = Path(__file__).resolve().parents[2] / "sample_data"
    pred, label = (str(sample / each) for each in MSE[2:])
    words = " ".join(f"'{word}'" for word in command("compute", "mse", pred, label, "--format", "value", "-q"))
    return subprocess.run(
        ["bash", "-c", script.replace("$LOSS", words)], cwd=folder, env=environment(), text=True, timeout=60,
        capture_output=True, check=False, **options,
    )  # fmt: skip


@pytest.mark.parametrize("path", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "link"])
@pytest.mark.parametrize("redirection", [">", ">>"])
def test_a_stream_joins_the_log_behind_it(tmp_path: Path, path: str, redirection: str) -> None:
    (tmp_path / "link").symlink_to("/dev/stdout")
    (tmp_path / "log").write_text("before\n")
    script = f"{{ echo first; $LOSS -o {path}; echo last; }} {redirection} log"
    assert shell(tmp_path, script).returncode == 0
    before = "before\n" if redirection == ">>" else ""
    assert (tmp_path / "log").read_text() == f"{before}first\n{VALUE}last\n"
    assert sorted(os.listdir(tmp_path)) == ["link", "log"]


def test_a_report_on_standard_error_is_between_what_else_is_said(tmp_path: Path) -> None:
    script = "{ echo first >&2; $LOSS --report dvc=/dev/stderr; echo last >&2; } > out 2> log"
    assert shell(tmp_path, script).returncode == 0
    assert (tmp_path / "out").read_text() == VALUE
    first, *document, last = (tmp_path / "log").read_text().splitlines()
    assert (first, document[0], document[-1], last) == ("first", "{", "}", "last")


def test_lines_of_a_batch_join_a_log_too(data: Path) -> None:
    words = " ".join(command("batch", "p0.npy", "--labels", "y.npy", "-l", "mse", "-o", "/dev/stdout"))
    script = f"{{ echo first; {words}; {words}; }} > log"
    ended = subprocess.run(["bash", "-c", script], cwd=data, env=environment(), check=True, capture_output=True)
    assert ended.returncode == 0
    lines = (data / "log").read_text().splitlines()
    assert (len(lines), lines[0], lines[1] == lines[2]) == (3, "first", True)


def test_the_stream_of_another_process(tmp_path: Path) -> None:
    with open(tmp_path / "log", "w") as log, subprocess.Popen(["sleep", "60"], stdout=log) as other:
        log.write("first\n")
        log.flush()
        AtomicFile(f"/proc/{other.pid}/fd/1", []).write("second\n")
        other.kill()
    assert (tmp_path / "log").read_text() == "first\nsecond\n"


def test_a_stream_that_is_only_read(tmp_path: Path) -> None:
    (tmp_path / "in").write_text("data\n")
    ended = shell(tmp_path, "$LOSS -o /dev/stdin < in")
    assert (ended.returncode, ended.stderr) == (2, "losscli: /dev/stdin cannot be written: bad file descriptor.\n")
    assert (tmp_path / "in").read_text() == "data\n"


def test_a_file_that_has_a_streams_name_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "fd").mkdir()
    assert stream_behind(str(tmp_path / "fd" / "1")) is None
    (tmp_path / "circle").symlink_to("circle")
    assert stream_behind(str(tmp_path / "circle")) is None


@pytest.mark.parametrize(
    ("words", "what"),
    [("--report csv=log > log", "output"), ("-o log 2> log", "error"), ("--per-sample log.csv > log.csv", "output")],
)
def test_a_file_is_not_replaced_under_a_stream(tmp_path: Path, words: str, what: str) -> None:
    ended = shell(tmp_path, f"$LOSS {words}; code=$?; cat log* >&2; exit $code")
    assert ended.returncode == 2
    assert f" is where standard {what} goes. Give each its own file." in ended.stderr
    assert leftovers(tmp_path) == []


def test_configuration_is_an_input(cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "losscli.toml"
    config.write_text("quiet = true\n")
    (tmp_path / "soft.csv").symlink_to("losscli.toml")
    os.link(config, tmp_path / "hard.csv")
    for option in ("-o", "--per-sample", "--report"):
        for name in ("soft.csv", "hard.csv", "./losscli.toml", f"../{tmp_path.name}/losscli.toml"):
            if option == "--per-sample" and not name.endswith(".csv"):
                continue
            target = f"csv={tmp_path / name}" if option == "--report" else tmp_path / name
            code, _, err = cli(*MSE, "--config", config, option, target)
            assert (code, "is an input; it is not overwritten" in err) == (2, True), (option, name, err)
    assert config.read_text() == "quiet = true\n"


def test_rows_and_result_need_two_files(cli: Any, tmp_path: Path) -> None:
    code, _, err = cli(*MSE, "-o", tmp_path / "x.csv", "--per-sample", tmp_path / "x.csv")
    assert (code, err) == (2, f"losscli: {tmp_path / 'x.csv'} is the target of two outputs. Give each its own file.\n")
    assert os.listdir(tmp_path) == []


# -- in place ------------------------------------------------------------------------------------------------


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[Path]:
    """A file that is mounted by itself, as `docker run -v FILE:FILE` does."""
    (tmp_path / "host").write_text("before")
    (tmp_path / "out").write_text("")
    mount = shutil.which("mount")
    if mount is None or os.geteuid() != 0:
        pytest.skip("only root can mount")
    if subprocess.run([mount, "--bind", "host", "out"], cwd=tmp_path, capture_output=True, check=False).returncode:
        pytest.skip("nothing can be mounted here")
    try:
        yield tmp_path / "out"
    finally:
        subprocess.run(["umount", tmp_path / "out"], check=True)


def test_a_file_that_is_mounted_is_written_over(cli: Any, mounted: Path) -> None:
    assert not can_be_replaced(str(mounted))
    for old in ("before", "b" * 10_000):
        (mounted.parent / "host").write_text(old)
        assert cli(*MSE, "--format", "value", "-o", mounted).code == 0
        assert (mounted.parent / "host").read_text() == VALUE
        assert sorted(os.listdir(mounted.parent)) == ["host", "out"]


def test_a_run_that_fails_leaves_a_mounted_file(cli: Any, mounted: Path) -> None:
    assert cli("compute", "mse", "diabetes/pred.npy", "iris/labels.npy", "-o", mounted).code in (2, 3)
    assert (mounted.parent / "host").read_text() == "before"


@as_root
@pytest.mark.parametrize("mode", [0o1777, 0o755])
def test_a_folder_in_which_nothing_can_be_made_or_renamed(tmp_path: Path, mode: int) -> None:
    for folder in (tmp_path, *tmp_path.parents[:3]):
        folder.chmod(stat.S_IMODE(folder.stat().st_mode) | 0o055)
    place = tmp_path / "place"
    place.mkdir(mode=mode)
    place.chmod(mode)
    target = place / "out"
    target.write_text("before, and longer than what comes")
    target.chmod(0o666)
    ended = shell(place, "$LOSS -o out", user=ANYBODY, extra_groups=[])
    if ended.returncode == 126:
        pytest.skip("the interpreter is root's alone")
    assert (ended.returncode, ended.stderr, target.read_text()) == (0, "", VALUE)
    assert os.listdir(place) == ["out"]
    target.chmod(0o644)  # found out before the work
    ended = shell(place, "$LOSS -o out", user=ANYBODY, extra_groups=[])
    assert (ended.returncode, ended.stderr) == (2, "losscli: out cannot be written: permission denied.\n")


@as_root
def test_a_full_disk_leaves_a_file_that_is_written_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from losscli.core.errors import UsageProblem
    from losscli.report.writing import atomic_file

    disk = tmp_path / "disk"
    disk.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "t", disk], capture_output=True, check=False)
    if made.returncode:
        pytest.skip("nothing can be mounted here")
    try:
        (disk / "out").write_text("before")
        monkeypatch.setattr(atomic_file, "can_be_replaced", lambda _: False)
        monkeypatch.setattr(AtomicFile, "_beside", lambda _: atomic_file.unnamed_file())
        with pytest.raises(UsageProblem, match="no space left"):
            AtomicFile(str(disk / "out"), []).write("x" * 100_000)
        assert (disk / "out").read_text() == "before"
    finally:
        subprocess.run(["umount", disk], check=True)
