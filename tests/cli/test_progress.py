"""Long work shows itself on a terminal, is gone at the end, and says how far it came where it is interrupted."""

from __future__ import annotations

import gzip
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from cli_words import LABEL, PRED, posix
from conftest import command, environment

from losscli.cli import progress, sectioned_command
from losscli.sources.work_done import WORK, WorkDone

ROWS = 6_000_000  # more than a text file is read ahead
CSV = b"pred,label\n" + b"1.5,2\n" * ROWS


@contextmanager
def on_a_terminal(*arguments: str, stdout: Any = subprocess.PIPE) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """The program with a terminal as stderr, and the terminal's other end."""
    import pty

    master, slave = pty.openpty()
    child = subprocess.Popen(
        command(*arguments), stdin=subprocess.PIPE, stdout=stdout, stderr=slave,
        env=environment(TERM="xterm", COLUMNS="120"),
    )  # fmt: skip
    os.close(slave)
    try:
        yield child, master
    finally:
        child.kill()
        child.wait()
        os.close(master)
        for stream in (child.stdin, child.stdout):
            if stream is not None:
                stream.close()


def seen(master: int, until: bytes = b"", seconds: float = 120.0) -> str:
    """What the terminal shows until these letters come, or its end."""
    import select

    text, deadline = b"", time.monotonic() + seconds
    while time.monotonic() < deadline and (not until or until not in text):
        if select.select([master], [], [], 0.1)[0]:
            try:
                more = os.read(master, 1 << 16)
            except OSError:
                break
            if not more:
                break
            text += more
    return text.decode(errors="replace")


@posix
def test_rows_are_shown_on_a_terminal_and_gone_at_the_end() -> None:
    with on_a_terminal("compute", "mse", "-", "--format", "value") as (child, master):
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(CSV)
        child.stdin.flush()
        shown = seen(master, b"rows/s")
        assert re.search(r"\d,\d{3},\d{3} [\d,]+ rows/s", re.sub(r"\x1b\[[\d;]*m", "", shown)) is not None
        child.stdin.close()
        assert child.stdout.read() == b"0.25\n"
        child.stdin = None
        rest = shown + seen(master)
        assert child.wait() == 0
        assert rest.rindex("\x1b[?25h") > rest.rindex("rows/s")  # the cursor is back, and the line was cleared
        assert rest.rindex("\x1b[2K") > rest.rindex("rows/s")


@posix
def test_short_work_and_quiet_work_show_nothing() -> None:
    for more in ([], ["-q"]):
        with on_a_terminal("compute", "mse", PRED, LABEL, "--format", "value", *more) as (child, master):
            assert child.wait() in (0, 2)
            assert "rows/s" not in seen(master)
    with on_a_terminal("compute", "mse", "-", "-q") as (child, master):
        assert child.stdin is not None
        child.stdin.write(CSV)
        child.stdin.flush()
        assert seen(master, b"rows", 2.5) == ""


@posix
@pytest.mark.parametrize("terminal", [True, False])
def test_an_interrupted_run_says_how_far_it_came(terminal: bool) -> None:
    if terminal:
        with on_a_terminal("compute", "mse", "-") as (child, master):
            assert child.stdin is not None
            child.stdin.write(CSV)
            child.stdin.flush()
            seen(master, b"rows/s")
            child.send_signal(signal.SIGINT)
            child.stdin.close()  # as of a pipeline, which Ctrl-C ends as a whole
            child.stdin = None
            assert re.search(r"losscli: interrupted after [\d,]{7,} rows\.", seen(master, b"rows.")) is not None
            assert child.wait() == 130
        return
    with subprocess.Popen(
        command("compute", "mse", "-"),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(),
    ) as child:  # fmt: skip
        assert child.stdin is not None
        assert child.stderr is not None
        child.stdin.write(CSV)
        child.stdin.flush()
        time.sleep(2.5)
        child.send_signal(signal.SIGINT)
        child.stdin.close()
        child.stdin = None
        said = child.stderr.read().decode()  # and there is no bar in a pipe
        assert re.fullmatch(r"losscli: interrupted after [\d,]{7,} rows\.\n", said) is not None


def test_how_far_the_work_is_in_words() -> None:
    work = WorkDone()
    assert work.words() == ""
    work.at(1_200_000, 3_000_000)
    assert work.words() == "1,200,000 of 3,000,000 rows"
    work.at(70, None, "conventions")
    assert work.words() == "70 conventions"
    work.data_sets, work.all_data_sets = 3, 10
    assert work.words() == "3 of 10 data sets"


def test_the_bar_says_speed_and_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(WORK, "at", WORK.at)
    WORK.at(2_000_000, 10_000_000)
    fields = progress._fields([100.0, "rows", 0.0, 0.0, 0, 100.0], 102.0, -1)
    assert (fields["count"], fields["speed"], fields["left"]) == (
        "2,000,000/10,000,000", "1,000,000 rows/s", "0:00:08 left",
    )  # fmt: skip
    WORK.at(500, None)
    fields = progress._fields([100.0, "rows", 0.0, 0.0, 0, 100.0], 102.0, -1)
    assert (fields["count"], fields["left"], fields["total"]) == ("500", "", None)
    began = [100.0, "keys", 0.0, 0.0, 0, 100.0]
    assert progress._fields(began, 110.0, -1)["speed"] == ""  # other units begin anew
    began = [100.0, "rows", 0.0, 0.0, 900, 100.0]
    assert progress._fields(began, 110.0, 3)["speed"] == ""  # and so does the next data set
    WORK.at(1000, None)
    assert progress._fields(began, 112.0, 3)["speed"] == "500 rows/s"
    WORK.data_sets = 1
    WORK.at(1000, 2000)
    assert progress._fields(began, 112.0, 3)["left"] == "0:00:12 left"  # one and a half of three in 12 s
    WORK.data_sets = 0
    WORK.at(1, None, "conventions")
    assert WORK.words() == "1 convention"
    WORK.at(0, None)


def test_the_time_left_of_files_whose_rows_nobody_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    work = WorkDone()
    monkeypatch.setattr(progress, "WORK", work)
    work.follows_files = True
    work.at(1_000_000, None)
    work.read("p.csv", 30, 100)
    work.read("y.csv", 20, 100)
    began = [100.0, "rows", 0.0, 0.0, 0, 100.0]
    fields = progress._fields(began, 110.0, -1)
    assert (fields["count"], fields["speed"], fields["left"]) == ("1,000,000", "100,000 rows/s", "0:00:30 left")
    assert (fields["completed"], fields["total"]) == (0.25, 1.0)
    work.read("p.csv", 0, 100)  # a second reading: what the first took says nothing of this one
    assert progress._fields(began, 110.0, -1)["left"] == ""
    work.read("p.csv", 80, 100)
    assert progress._fields(began, 120.0, -1)["left"] == "0:00:12 left"  # 50 of what were 90, in 10 s


@pytest.mark.parametrize("form", ["p.csv", "p.jsonl", "p.csv.gz", "folder"])
def test_text_files_say_how_much_of_them_was_read(
    cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    monkeypatch.chdir(tmp_path)
    rows = 200_000
    text = "pred,label\n" + "1.5,2\n" * rows
    Path("p.csv").write_text(text, encoding="utf-8")
    Path("p.jsonl").write_text('{"pred": 1.5, "label": 2}\n' * rows, encoding="utf-8")
    with gzip.open("p.csv.gz", "wt", compresslevel=1, encoding="utf-8") as packed:
        packed.write(text)
    Path("folder").mkdir()
    for part in range(3):
        Path(f"folder/{part}.csv").write_text(text, encoding="utf-8")
    shares: list[float | None] = []
    at = WorkDone.at
    monkeypatch.setattr(WorkDone, "at", lambda self, *given: (shares.append(self.share_read()), at(self, *given))[1])
    begin = WorkDone.begin
    monkeypatch.setattr(WorkDone, "begin", lambda self: (begin(self), setattr(self, "follows_files", True))[0])
    WORK.begin()
    assert cli("compute", "mse", form, "--format", "value").out == "0.25\n"
    known = [share for share in shares if share is not None]
    assert known == sorted(known)
    assert known[-1] == 1.0
    assert len(set(known)) > (1 if form == "folder" else 0)
    WORK.follows_files = False


@pytest.mark.parametrize(
    "arguments",
    [
        ["compute", "mse", "p.npy", "y.npy"], ["compare", "p.npy", "q.npy", "y.npy", "-l", "mse"],
        ["inspect", "p.npy", "y.npy"], ["batch", "p.npy", "--labels", "y.npy", "-l", "mse"],
        ["reconcile", "mse", "p.npy", "y.npy", "--expect", "1.0"], ["compute", "mse", "p.csv", "y.csv", "--join", "id"],
        ["verify", "report.json"], ["merge", "0.json", "1.json", "2.json"],
    ],
)  # fmt: skip
def test_every_command_that_reads_rows_counts_them(
    cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    draw = np.random.default_rng(0)
    for name in "pqy":
        np.save(f"{name}.npy", draw.normal(size=1000))
    for name, column in (("p", "pred"), ("y", "label")):
        Path(f"{name}.csv").write_text(f"id,{column}\n" + "".join(f"{i},{i}\n" for i in range(1000)), encoding="utf-8")
    cli("compute", "mse", "p.npy", "y.npy", "-o", "report.json")
    for name, labels in (("0", "q"), ("1", "y"), ("2", "p")):
        cli("compute", "mse", "p.npy", f"{labels}.npy", "--partial", "-o", f"{name}.json")
    told: list[tuple[int, str]] = []
    monkeypatch.setattr(WorkDone, "at", lambda self, done, total, units="rows": told.append((done, units)))
    assert cli(*arguments).code in (0, 1)
    assert any(done > 0 for done, _ in told)


def test_no_command_shows_two_bars(cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bars: list[bool] = []

    @contextmanager
    def counted(*, quiet: bool) -> Iterator[None]:
        bars.append(quiet)
        yield

    report = str(tmp_path / "report.json")
    cli("compute", "mse", PRED, LABEL, "-o", report)
    monkeypatch.setattr(progress, "rows_shown", counted)
    terminal = SimpleNamespace(stderr=SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr(sectioned_command, "sys", terminal)
    words = ["compute mse P Y", "inspect P Y", "compare P P Y -l mse", "reconcile mse P Y", "verify R"]
    for line in [*words, "gate R --max mse=9", "merge R"]:
        bars.clear()
        cli(*({"P": PRED, "Y": LABEL, "R": report}.get(word, word) for word in line.split()))
        assert bars == [False], line
