"""Terminals and colours: tables that fit, and text for those that have none."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cli_words import MSE, posix
from conftest import command, environment


def on_a_terminal(arguments: tuple[str, ...], columns: int, cwd: Path, **env: str) -> str:
    """What a terminal of that width is sent."""
    pty = pytest.importorskip("pty")
    fcntl, struct, termios = (pytest.importorskip(name) for name in ("fcntl", "struct", "termios"))
    parent, child = pty.openpty()
    fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    variables = environment(**{"TERM": "xterm-256color", **env})
    with subprocess.Popen(command(*arguments), stdin=child, stdout=child, stderr=child, cwd=cwd, env=variables) as ran:
        os.close(child)
        found = b""
        while True:
            try:
                part = os.read(parent, 65536)
            except OSError:  # how Linux says that the other end is closed
                break
            if not part:
                break
            found += part
    os.close(parent)
    assert ran.returncode == 0, found
    return found.decode().replace("\r\n", "\n")


ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


@posix
@pytest.mark.parametrize("columns", [40, 80, 120])
@pytest.mark.parametrize(
    ("arguments", "number"),
    [
        (MSE, "3024.6857"),
        (("compute", "softmax_cross_entropy", "digits/logits.npy", "digits/labels.npy"), "0.33027825"),
    ],
)
def test_a_terminal_gets_a_table_that_fits(
    sample_data: Path, columns: int, arguments: tuple[str, ...], number: str
) -> None:
    text = on_a_terminal(arguments, columns, sample_data)
    assert "\x1b[" in text
    plain = ESCAPE.sub("", text)
    assert number in plain
    assert "…" not in plain
    assert all(len(line) <= columns for line in plain.splitlines())
    assert plain.startswith("╭")
    assert "mean of" in plain


@posix
def test_a_terminal_can_be_spared_colours(sample_data: Path) -> None:
    for env in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        assert "\x1b" not in on_a_terminal(MSE, 80, sample_data, **env)
    assert "\x1b" not in on_a_terminal((*MSE, "--color", "never"), 80, sample_data)
    assert "\x1b" in on_a_terminal((*MSE, "--color", "always"), 80, sample_data, NO_COLOR="1")


@pytest.mark.parametrize(
    ("env", "arguments", "colored"),
    [
        ({}, (), False),
        ({"FORCE_COLOR": "1"}, (), True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, (), False),
        ({"FORCE_COLOR": "1"}, ("--color", "never"), False),
        ({"NO_COLOR": "1"}, ("--color", "always"), True),
        ({"TERM": "dumb"}, ("--color", "always"), True),
    ],
)
def test_colours_in_a_pipe(
    cli: Any, monkeypatch: Any, env: dict[str, str], arguments: tuple[str, ...], colored: bool
) -> None:
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    assert ("\x1b" in cli(*MSE, "--format", "table", *arguments).out) == colored
    assert "\x1b" not in cli(*MSE, *arguments).out  # plain is plain


@pytest.mark.parametrize("columns", ["30", "40", "64", "200"])
def test_columns_is_heeded_and_the_number_kept_whole(cli: Any, monkeypatch: Any, columns: str) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    for arguments in (MSE, ("compute", "bce", "cancer/logits.npy", "cancer/labels.npy")):
        number = cli(*arguments).out.split()[1]
        lines = cli(*arguments, "--format", "table").out.splitlines()
        assert max(map(len, lines)) <= int(columns)
        assert any(number in line for line in lines)


@pytest.mark.parametrize("columns", ["", "0", "-5", "wide", "²"])
def test_columns_that_are_no_number_are_ignored(cli: Any, monkeypatch: Any, columns: str) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    code, out, _ = cli(*MSE, "--format", "table")
    assert code == 0
    assert "3024.6857" in out
