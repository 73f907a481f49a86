"""Completion: what is offered, how it is quoted, and that the shells themselves take it."""

from __future__ import annotations

import os
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from conftest import command, environment
from pyarrow import csv as arrow_csv
from pyarrow import feather, parquet

from losscli.cli.completing import completion
from losscli.cli.completing.candidates import candidates
from losscli.cli.program import COMMANDS
from losscli.core import registry

CSV, PARQUET = "diabetes/diabetes.csv", "diabetes/diabetes.parquet"
COLUMNS = ["id", "pred", "label", "weight"]
HOSTILE = [
    "class 1",
    "$(touch HACKED)",
    "`touch HACKED`",
    ";touch HACKED",
    "p[0]",
    "a'b",
    'd"e',
    "x!y",
    "~",
    "-l",
    "&",
    "naïve",
]
UNPRINTABLE = ["red\x1b[31m", "two\tcells", "bell\x07", "right\u202eleft"]


def offered(line: str) -> list[str]:
    """The values for a line, whose last word is the one that is typed."""
    *words, current = line.split(" ")
    return [
        each.value if each.kind in ("plain", "open") else f"<{each.kind}>{each.value}"
        for each in candidates(words, current)
    ]


# -- what is offered ------------------------------------------------------------------------------------


def test_commands(in_samples: Path) -> None:
    assert offered("") == list(COMMANDS)
    assert offered("com") == [name for name in COMMANDS if name.startswith("com")]
    assert offered("--config none comple") == offered("--config=none comple") == ["completion"]
    assert offered("frobnicate ") == []


def test_losses_and_aliases_only_when_typed(in_samples: Path) -> None:
    assert offered("compute ") == registry.names()
    assert offered("compute foc") == [name for name in registry.names() if name.startswith("foc")]
    assert offered("compute bce") == ["bce", "bce_with_logits"]
    assert offered("reconcile softmax-c") == ["softmax-cross-entropy"]
    assert offered("show hub") == ["huber"]
    assert offered("compute nonesuch ") == offered("compute nonesuch x.npy --pred ") == []


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("compute focal ", ["<file>"]),
        ("compute focal a.npy ", ["<file>"]),
        ("compute focal --ga", ["--gamma"]),
        ("compute FOCAL --gam", ["--gamma"]),
        ("compute focal --gamma 2 --gam", []),
        ("compute focal a.npy b.npy --pred x --wei", ["--weight", "--weights"]),
        ("compute dice --pool ", ["image", "batch"]),
        ("compute mse --precision s", ["single"]),
        ("compute mse --precision=s", ["--precision=single"]),
        ("compute mse --nan ", ["error", "omit", "propagate"]),
        ("compute focal --input ", ["logits", "probs", "logprobs"]),
        ("compute focal --activation s", ["sigmoid", "softmax"]),
        ("compute mse --reduction ", ["mean", "sum", "none"]),
        ("compute mse --format pl", ["plain"]),
        ("compute mse --like ke", ["keras"]),
        ("show mse --like ke", ["keras"]),
        ("compute hinge --like torchv", []),
        ("compute mse --weights ", ["<file>"]),
        ("compute mse --weights=", ["<file>--weights="]),
        ("compute mse -o ", ["<file>"]),
        ("compute mse -- -", ["<file>"]),
        ("verify --in ", ["<dir>"]),
        ("verify ", ["<file>"]),
        ("merge a.json ", ["<file>"]),
        ("schema re", ["report"]),
        ("completion ", ["bash", "zsh", "fish"]),
        ("--config ", ["<file>"]),
        ("--vers", ["--version"]),
        ("list ", ["--json"]),
    ],
)
def test_options_and_values(in_samples: Path, line: str, expected: list[str]) -> None:
    assert [value for value in offered(line) if value != "--help"][: len(expected) + 1] == expected


def test_like_of_all_losses(in_samples: Path) -> None:
    from losscli.core.conventions import FRAMEWORKS

    for name in registry.names():
        assert offered(f"compute {name} --like ") == list(registry.find(name).like)
        assert {each.partition("@")[0] for each in offered(f"compute {name} --like ")} <= set(FRAMEWORKS)


def test_parameters_of_a_loss_in_a_list(in_samples: Path) -> None:
    assert offered("compare -l foc") == [name for name in registry.names() if name.startswith("foc")]
    assert offered("compare -l focal:ga") == offered("compare --loss focal:ga") == ["focal:gamma="]
    names = [param.name for param in registry.find("focal").params]
    assert offered("compare -l focal:") == [f"focal:{name}=" for name in names]
    assert offered("compare -l focal:gamma=2,act") == ["focal:gamma=2,activation="]
    assert offered("compare -l focal:gamma=2,ga") == []
    assert offered("compare -l focal:activation=so") == ["focal:activation=softmax"]
    assert offered("compare -l focl:ga") == offered("compare -l focal:gamma=") == []


def test_reports(in_samples: Path) -> None:
    assert offered("compute mse --report jun") == ["junit="]
    assert offered("compute mse --report junit=x") == ["<file>junit="]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (f"compute mse {CSV} --pred ", COLUMNS),
        (f"compute mse {PARQUET} --pred ", COLUMNS),
        (f"compute mse --pred x {PARQUET} --label l", ["label"]),
        (f"compute mse {CSV} --pred pred,", ["pred,id", "pred,label", "pred,weight"]),
        (f"compute mse {CSV} --pred=p", ["--pred=pred"]),
        (f"compute mse {CSV}::p", [f"{CSV}::pred"]),
        (f"compute mse {CSV}::pred,w", [f"{CSV}::pred,weight"]),
        (f"compute mse {CSV}::pred ::la", ["::label"]),
        (f"compute mse {CSV} --weights ::we", ["::weight"]),
        (f"compute mse diabetes/pred.npy {CSV} --label l", ["label"]),
        (f"compute mse diabetes/pred.npy {CSV} --pred l", []),
        (f"compute mse diabetes/pred.npy {CSV} --weight w", ["weight"]),
        ("compute mse nonesuch.csv --pred ", []),
        ("compute mse diabetes --pred ", []),
        ("compute mse - --pred ", []),
        ("compute mse s3://bucket/x.parquet --pred ", []),
        ("compute mse --pred ", []),
    ],
)
def test_columns(in_samples: Path, line: str, expected: list[str]) -> None:
    assert offered(line) == expected


def test_columns_of_every_format(in_samples: Path, tmp_path: Path, monkeypatch: Any) -> None:
    import pyarrow as pa
    from pyarrow import feather

    np.savez(tmp_path / "x.npz", pred=np.zeros(3), label=np.zeros(3))
    feather.write_feather(pa.table({"pred": [1.0], "label": [2.0]}), tmp_path / "x.arrow")
    (tmp_path / "x.tsv").write_text("pred\tlabel\n1\t2\n")
    np.save(tmp_path / "x.npy", np.zeros(3))
    monkeypatch.chdir(tmp_path)
    for suffix in ("npz", "arrow", "tsv"):
        assert offered(f"compute mse x.{suffix} --pred p") == ["pred"], suffix
    assert offered("compute mse x.npy --pred p") == []
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("FOLDER", str(tmp_path))
    assert offered("compute mse ~/x.tsv --pred p") == offered("compute mse $FOLDER/x.tsv --pred p") == ["pred"]


def test_names_that_garble_a_terminal_are_left_out(tmp_path: Path, monkeypatch: Any) -> None:
    names = [*HOSTILE, *UNPRINTABLE]
    np.savez(tmp_path / "x.npz", **{name: np.zeros(1) for name in names})
    monkeypatch.chdir(tmp_path)
    assert [each.value for each in candidates(["compute", "mse", "x.npz", "--pred"], "")] == HOSTILE


# -- the answer to a shell ------------------------------------------------------------------------------


def ask(*words: str, shell: str = "zsh", cwd: Path | None = None, **env: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        command(*words), capture_output=True, cwd=cwd, env=environment(_LOSSCLI_COMPLETE=shell, **env), timeout=60
    )


def test_the_protocol(sample_data: Path) -> None:
    ended = ask("compute", "mse", CSV, "--pred", "p", cwd=sample_data)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"plain\tpred\t\n", b"")
    ended = ask(f"losscli compute mse {CSV}::pr", "pr", shell="bash", cwd=sample_data)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"plain\tpred\t\n", b"")
    assert b"plain\tcompute\tOne loss of one data set.\n" in ask("").stdout


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x93NUMPY",
        b"PK\x03\x04 no archive",
        b"PAR1 no footer PAR1",
        b"\xff\xfe\x00",
        b'"open quote',
        b"a,a\n1,2\n",
        b"\x80\x04.",
    ],
)
@pytest.mark.parametrize("suffix", ["csv", "npy", "npz", "parquet", "arrow", "txt"])
def test_no_file_makes_it_speak(tmp_path: Path, monkeypatch: Any, capfd: Any, content: bytes, suffix: str) -> None:
    (tmp_path / f"x.{suffix}").write_bytes(content)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("_LOSSCLI_COMPLETE", "fish")
    assert completion.answer(["compute", "mse", f"x.{suffix}", "--pred", ""]) == 0
    signal.setitimer(signal.ITIMER_REAL, 0)
    out, err = capfd.readouterr()
    assert err == ""
    assert all(line.startswith("plain\t") for line in out.splitlines())


@pytest.mark.parametrize(
    "words", [(), ("losscli",), ("losscli 'open", "x", "y", "z"), ("--nope", ""), ("compute", "\udcff"), ("", "")]
)
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "", "tcsh"])
def test_no_line_makes_it_speak(words: Sequence[str], shell: str) -> None:
    ended = ask(*words, shell=shell)
    assert (ended.returncode, ended.stderr) == (0, b"")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_it_never_waits(tmp_path: Path, monkeypatch: Any) -> None:
    os.mkfifo(tmp_path / "x.csv")
    assert ask("compute", "mse", "x.csv", "--pred", "", cwd=tmp_path).stdout == b""
    probe = "import time, losscli.sources.open as o; o.open_table = lambda *_: time.sleep(600); "
    probe += "import sys; from losscli.cli.main import run; run(sys.argv[1:])"
    words = [sys.executable, "-c", probe, "compute", "mse", __file__, "--pred", ""]
    ended = subprocess.run(words, capture_output=True, env=environment(_LOSSCLI_COMPLETE="zsh"), timeout=60)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"", b"")


@pytest.mark.parametrize("text", ["format = ", "formt = 1"])
def test_a_broken_configuration_is_not_read(tmp_path: Path, text: str) -> None:
    (tmp_path / "losscli.toml").write_text(text)
    assert ask("compute", "huber", "--del", cwd=tmp_path).stdout.startswith(b"plain\t--delta\t")


def test_what_it_loads(sample_data: Path) -> None:
    probe = "import sys; from losscli.cli.main import run; run(sys.argv[1:]); "
    probe += "kept = [m for m in sys.modules if m.startswith('losscli.losses.') and m != 'losscli.losses.index']; "
    probe += "print(*sorted(m for m in kept if '_' not in m), *[m for m in sys.modules if m == 'numpy'])"
    for words, loaded in (
        (("comp",), ""),
        (("--",), ""),
        (("compute", "huber", "--"), "losscli.losses.regression losscli.losses.regression.huber numpy"),
        (("compute", "hub"), None),
    ):
        found = subprocess.run(
            [sys.executable, "-c", probe, *words], capture_output=True, text=True, cwd=sample_data,
            env=environment(_LOSSCLI_COMPLETE="zsh"),
        ).stdout.splitlines()[-1]  # fmt: skip
        assert found == loaded if loaded is not None else "losscli.losses." not in found


def bytes_read() -> int:
    """How much this process has read so far."""
    return int(Path("/proc/self/io").read_text().split("rchar: ")[1].split()[0])


@pytest.mark.skipif(not Path("/proc/self/io").exists(), reason="counts the bytes read in /proc")
@pytest.mark.parametrize("suffix", ["csv", "parquet", "npz", "arrow"])
def test_columns_take_the_first_bytes_of_a_file(tmp_path: Path, monkeypatch: Any, suffix: str) -> None:
    """How long they take is measured in benchmarks/."""
    table = {name: np.random.default_rng(0).normal(size=300_000) for name in ("pred", "label")}
    path = tmp_path / f"x.{suffix}"
    if suffix == "npz":
        np.savez(path, **table)
    else:
        {"csv": arrow_csv.write_csv, "parquet": parquet.write_table, "arrow": feather.write_feather}[suffix](
            pa.table(table), str(path)
        )
    monkeypatch.chdir(tmp_path)
    offered(f"compute mse {CSV} --pred ")  # what is imported once is read here
    assert offered(f"compute mse x.{suffix} --pred ") == ["pred", "label"]
    before = bytes_read()
    assert offered(f"compute mse x.{suffix} --pred ") == ["pred", "label"]
    assert bytes_read() - before < path.stat().st_size / 4


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


# -- the shells themselves ------------------------------------------------------------------------------

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

    def type(self, keys: str, until: str, seconds: float = 20) -> str:
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


@pytest.mark.parametrize("shell", SHELLS)
def test_in_a_real_shell(shell: str, tmp_path: Path, sample_data: Path) -> None:
    pytest.importorskip("pty")
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    shutil.copy(sample_data / CSV, tmp_path / "val.csv")
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
