"""Completion: what is offered, and the answer to a shell."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from completion_data import CSV, HOSTILE, PARQUET
from conftest import command, environment
from pyarrow import csv as arrow_csv
from pyarrow import feather, parquet

from losscli.cli.completing import completion
from losscli.cli.completing.candidates import candidates
from losscli.cli.program import COMMANDS
from losscli.core import registry

COLUMNS = ["id", "pred", "label", "weight"]
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
        ("compute focal a.npy b.npy --pred x --wei", ["--weight", "--weights", "--weights-are"]),
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
        ("list --", ["--family", "--for", "--like", "--json"]),
        ("list hub", ["huber"]),
        ("list --for f", ["forecasting"]),
        ("list --family seg", ["segmentation"]),
        ("list --like xg", ["xgboost"]),
    ],
)
def test_options_and_values(in_samples: Path, line: str, expected: list[str]) -> None:
    assert [value for value in offered(line) if value != "--help"][: len(expected) + 1] == expected


def test_like_of_all_losses(in_samples: Path) -> None:
    from losscli.core.declarations.conventions import FRAMEWORKS

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


# with a minute for an answer instead of two seconds, which a busy machine may need to start a process
PATIENTLY = "import sys; from losscli.cli.completing import completion; completion.SECONDS = 60; "
PATIENTLY += "from losscli.cli.main import run; "


def ask(*words: str, shell: str = "zsh", cwd: Path | None = None, **env: str) -> subprocess.CompletedProcess[bytes]:
    start = [sys.executable, "-c", PATIENTLY + "sys.exit(run(sys.argv[1:]))", *words]
    return subprocess.run(
        start, capture_output=True, cwd=cwd, env=environment(_LOSSCLI_COMPLETE=shell, **env), timeout=90
    )


# -- the answer to a shell ------------------------------------------------------------------------------


def test_the_protocol(sample_data: Path) -> None:
    ended = ask("compute", "mse", CSV, "--pred", "p", cwd=sample_data)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"plain\tpred\t\n", b"")
    ended = ask(f"losscli compute mse {CSV}::pr", "pr", shell="bash", cwd=sample_data)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"plain\tpred\t\n", b"")
    assert b"plain\tcompute\tCompute one loss of predictions and labels.\n" in ask("").stdout


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
    start = command("compute", "mse", "x.csv", "--pred", "")
    env = environment(_LOSSCLI_COMPLETE="zsh")
    assert subprocess.run(start, capture_output=True, cwd=tmp_path, env=env, timeout=60).stdout == b""
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
    probe = PATIENTLY + "run(sys.argv[1:]); "
    probe += "loss = lambda name: name.startswith('losscli.losses.') and name.count('.') == 3 and '._' not in name; "
    probe += "print(*sorted(name for name in sys.modules if loss(name) or name == 'numpy'))"
    for words, loaded in (
        (("comp",), ""),
        (("--",), ""),
        (("compute", "huber", "--"), "losscli.losses.regression.huber numpy"),
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
