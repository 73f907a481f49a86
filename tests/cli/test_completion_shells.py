"""Completion in the shells themselves: their words, their quotes, their scripts."""

from __future__ import annotations

import os
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from completion_data import CSV, HOSTILE
from conftest import environment

from losscli.cli.completing import completion

# -- bash's words ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "words", "current"),
    [
        ("losscli compute f", ["losscli", "compute"], "f"),
        ("losscli compute ", ["losscli", "compute"], ""),
        ("losscli -l focal:ga", ["losscli", "-l"], "focal:ga"),
        ("losscli 'a b' \"c d", ["losscli", "a b"], "c d"),
        ("losscli a\\ b\\ ", ["losscli"], "a b "),
        ("losscli x < in.csv --pred ", ["losscli", "x", "--pred"], ""),
        ("losscli x <in.csv 2>err y", ["losscli", "x"], "y"),
    ],
)
def test_a_line_of_bash(line: str, words: list[str], current: str) -> None:
    assert completion.split_line(line) == (words, current)


@pytest.mark.parametrize("quote", ["", "'", '"'])
@pytest.mark.parametrize("name", [*HOSTILE, "plain", "a\\b", "*", "{a,b}", "#x", "a=b:c"])
@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_what_is_quoted_for_bash_is_only_a_word(tmp_path: Path, name: str, quote: str) -> None:
    if quote == '"' and "!" in name:
        return  # left out: nothing keeps the history from it there
    word = quote + completion.quoted(name, quote) + quote
    ran = subprocess.run(
        ["bash", "-c", f"printf %s {word}"], capture_output=True, cwd=tmp_path, env=environment(LC_ALL="C.UTF-8")
    )
    assert ran.stdout.decode() == name
    assert os.listdir(tmp_path) == []


SHELLS = {
    "bash": (
        ["bash", "--norc", "--noprofile"],
        ["bind 'set enable-bracketed-paste off'", 'eval "$(losscli completion bash)"'],
    ),
    "zsh": (
        ["zsh", "-f"],
        [
            "PROMPT='$ '; unset zle_bracketed_paste",
            "autoload -U compinit; compinit -u -D",
            'eval "$(losscli completion zsh)"',
        ],
    ),
    "fish": (["fish", "--no-config"], ["function fish_prompt; echo '$ '; end", "losscli completion fish | source"]),
}  # fmt: skip
TYPED = [
    ("losscli comple\t", "losscli completion "),
    ("losscli compute hub\t", "losscli compute huber "),
    ("losscli compute huber --delt\t", "losscli compute huber --delta "),
    ("losscli compute mse --precision=s\t", "losscli compute mse --precision=single"),
    ("losscli compare -l focal:gam\t", "losscli compare -l focal:gamma="),
    ("losscli compute mse val.csv --pred pr\t", "losscli compute mse val.csv --pred pred "),
    ("losscli compute mse val.csv --pred pred,la\t", "losscli compute mse val.csv --pred pred,label "),
    ("losscli compute mse val.csv::pr\t", "losscli compute mse val.csv::pred "),
    ("losscli compute mse va\t", "losscli compute mse val.csv "),
    ("losscli compute mse --weights=va\t", "losscli compute mse --weights=val.csv "),
    ("losscli compute mse --report junit=va\t", "losscli compute mse --report junit=val.csv "),
    ("losscli compute mse odd.csv --pred cl\t", "losscli compute mse odd.csv --pred class\\ 1 "),
    ("losscli compute mse odd.csv --pred 'cl\t", "losscli compute mse odd.csv --pred 'class 1' "),
    ("losscli compute mse odd.csv --pred p\t", "losscli compute mse odd.csv --pred p\\[0\\] "),
    ("losscli compute mse odd.csv --pred \\$\t", "losscli compute mse odd.csv --pred \\$\\(touch\\ HACKED\\) "),
]


class Terminal:
    """A shell at a terminal, which is typed to."""

    def __init__(self, shell: str, folder: Path) -> None:
        import pty

        bin_ = folder / "bin"
        bin_.mkdir()
        (bin_ / "losscli").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m losscli "$@"\n')
        (bin_ / "losscli").chmod(0o755)
        argv, self.setup = SHELLS[shell]
        changes = {"TERM": "xterm", "PS1": "$ ", "HOME": str(folder / "bin"), "LC_ALL": "C.UTF-8"}
        variables = environment(**changes, PATH=f"{bin_}{os.pathsep}{os.environ['PATH']}")
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.execvpe(argv[0], argv, variables)

    def type(self, keys: str, until: str, seconds: float = 120) -> str:
        """What the screen shows after these keys, as soon as `until` is on it."""
        os.write(self.fd, keys.encode())
        seen, deadline = "", time.monotonic() + seconds
        while time.monotonic() < deadline and until not in plain(seen):
            if select.select([self.fd], [], [], 0.05)[0]:
                seen += os.read(self.fd, 65536).decode(errors="replace")
        return plain(seen)

    def close(self) -> None:
        os.close(self.fd)
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


def plain(seen: str) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>()][0-9A-Z]?|.\x08|\x07", "", seen)


# -- the shells themselves ------------------------------------------------------------------------------


@pytest.mark.parametrize("shell", SHELLS)
def test_in_a_real_shell(shell: str, tmp_path: Path, sample_data: Path) -> None:
    pytest.importorskip("pty")
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    shutil.copyfile(sample_data / CSV, tmp_path / "val.csv")
    (tmp_path / "odd.csv").write_text('class 1,$(touch HACKED),p[0],normal,"bell\x07"\n1,2,3,4,5\n')
    terminal = Terminal(shell, tmp_path)
    try:
        for i, line in enumerate(terminal.setup):
            terminal.type(f"{line}\n", "$ ", 3)
            terminal.type(f"echo re''ady{i}\n", f"ready{i}")
        for keys, expected in TYPED:
            assert expected in terminal.type(keys, expected), keys
            terminal.type("\x15", "\x00", 0.2)
    finally:
        terminal.close()
    assert not (tmp_path / "HACKED").exists()


# -- the script -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("shell", completion.SHELLS)
def test_the_script_is_printed(cli: Any, shell: str, tmp_path: Path) -> None:
    code, out, err = cli("completion", shell)
    assert (code, err) == (0, "")
    assert f"_LOSSCLI_COMPLETE={shell}" in out
    assert f"losscli completion {shell}" in cli("completion", "--help").out
    if shutil.which(shell) is not None:
        (tmp_path / "script").write_text(out)
        subprocess.run([shell, "-n", str(tmp_path / "script")], check=True)


def test_other_shells(cli: Any) -> None:
    code, out, err = cli("completion", "tcsh")
    assert (code, out) == (2, "")
    assert err.startswith("losscli: Invalid value for 'bash|zsh|fish': 'tcsh' is not one of 'bash', 'zsh', 'fish'. ")
    assert cli("completion").code == 2
