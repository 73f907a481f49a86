"""The command line as a user meets it: what it prints where, and the files it is given."""

# ruff: noqa: E501 - a sentence that is tested word for word stands on one line

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cli_words import ENDLESS, LABEL, MSE, PRED, VALUE, broken, leftovers, posix
from conftest import command, environment

# -- the number, and how it is asked for ----------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        f"compute mse {PRED} {LABEL} --format value",
        f"compute mse --format value {PRED} {LABEL}",
        f"compute mse {PRED} --format value {LABEL}",
        f"compute mse {PRED} --format=value -- {LABEL}",
        f"compute MSE {PRED} {LABEL} --format value",
        f"compute mean_squared_error {PRED} {LABEL} --format value",
        f"compute Mean-Squared-Error {PRED} {LABEL} --format value",
        "compute mse diabetes/diabetes.csv --pred pred --label label --format value",
        "compute mse diabetes/diabetes.csv::pred ::label --format value",
        "compute mse diabetes/diabetes.csv::pred diabetes/diabetes.csv::label --format value",
        "compute mse diabetes/diabetes.csv --format value -q",
        "compute mse diabetes/diabetes.parquet --format value -q",
        f"compute mse diabetes/diabetes.parquet::pred {LABEL} --format value",
        f"compute mse {PRED} {LABEL} --format value --threads 2",
        f"compute mse {PRED} {LABEL} --format value -o -",
    ],
)
def test_many_ways_to_ask_for_one_number(cli: Any, arguments: str) -> None:
    assert tuple(cli(*arguments.split())) == (0, VALUE, "")


@pytest.mark.parametrize("name", ["diabetes.csv", "diabetes.parquet"])
def test_tables_come_through_a_pipe(process: Any, sample_data: Path, name: str) -> None:
    content = (sample_data / "diabetes" / name).read_bytes()
    arguments = ("compute", "mse", "-", "--pred", "pred", "--label", "label", "--format", "value")
    assert tuple(process(*arguments, stdin=content)) == (0, VALUE, "")


def test_an_array_comes_through_a_pipe(process: Any, sample_data: Path) -> None:
    content = (sample_data / PRED).read_bytes()
    assert tuple(process("compute", "mse", "-", LABEL, "--format", "value", stdin=content)) == (0, VALUE, "")


def test_an_open_pipe_by_name(process: Any, tmp_path: Path, sample_data: Path) -> None:
    arguments = ("compute", "mse", PRED, "-", "--format", "value")
    content = (sample_data / LABEL).read_bytes()
    assert tuple(process(*arguments, stdin=content)) == (0, VALUE, "")


def test_help_and_version(cli: Any) -> None:
    import losscli

    assert tuple(cli("--version")) == (0, f"losscli {losscli.__version__}\n", "")
    for arguments in (("--help",), ("-h",), ("compute", "--help"), ("compute", "bce", "-h"), ("show", "--help")):
        code, out, err = cli(*arguments)
        assert (code, err) == (0, "")
        assert out.startswith("Usage: losscli ")


# -- stdout is the result, stderr the rest --------------------------------------------------------------


@pytest.mark.parametrize("format_", ["table", "plain", "json", "value"])
def test_notes_go_to_stderr(cli: Any, format_: str) -> None:
    noisy = cli("compute", "mse", "diabetes/diabetes.csv", "--format", format_)
    assert noisy.code == 0
    assert noisy.err == (
        "losscli: note: predictions: column pred of diabetes/diabetes.csv.\n"
        "losscli: note: labels: column label of diabetes/diabetes.csv.\n"
    )
    quiet = cli("compute", "mse", "diabetes/diabetes.csv", "--format", format_, "-q")
    assert (quiet.code, quiet.err) == (0, "")
    if format_ == "json":
        (first, second) = (json.loads(ran.out) for ran in (noisy, quiet))
        assert {**first, "elapsed_s": 0} == {**second, "elapsed_s": 0}
    else:
        assert noisy.out == quiet.out


def test_verbose_says_the_recipe(cli: Any) -> None:
    import losscli

    code, out, err = cli(*MSE, "--format", "value", "-v")
    assert (code, out) == (0, VALUE)
    recipe, seconds = err.splitlines()
    assert recipe == (
        "losscli: mse|input:values|label:values|reduction:mean|denominator:weights|weighted:no|precision:double|losscli:"
        + losscli.__version__
    )
    assert re.fullmatch(r"losscli: \d+\.\d{3} s", seconds)


def test_nothing_but_the_error_on_an_error(process: Any) -> None:
    code, out, err = process("compute", "mse", PRED, "nonesuch.npy", "--json")
    assert (code, out) == (2, "")
    assert err == "losscli: There is no file nonesuch.npy.\n"


# -- files ----------------------------------------------------------------------------------------------


def test_a_result_in_a_file(cli: Any, tmp_path: Path) -> None:
    for name, option in (("out.txt", ()), ("out.JSON", ()), ("value", ("--format", "value")), ("x.json", ("--json",))):
        target = tmp_path / name
        assert tuple(cli(*MSE, "-o", target, *option)) == (0, "", "")
        text = target.read_text()
        if name.lower().endswith("json"):
            assert json.loads(text)["results"][0]["value"] == float(VALUE)
        elif name == "value":
            assert text == VALUE
        else:
            assert text == cli(*MSE).out
    assert leftovers(tmp_path) == []


def test_a_contradiction_leaves_no_file(cli: Any, tmp_path: Path) -> None:
    ran = cli(*MSE, "--json", "--format", "value", "-o", tmp_path / "out.json")
    assert tuple(ran) == (2, "", "losscli: --json and --format value contradict each other. Leave one out.\n")
    assert os.listdir(tmp_path) == []


def test_a_table_in_a_file_is_utf8_whatever_the_terminal(cli: Any, tmp_path: Path) -> None:
    assert cli(*MSE, "--format", "table", "-o", tmp_path / "out", encoding="ascii").code == 0
    assert (tmp_path / "out").read_text(encoding="utf-8").startswith("╭")


@posix
def test_modes(cli: Any, tmp_path: Path) -> None:
    target = tmp_path / "out.json"
    before = os.umask(0o027)
    try:
        assert cli(*MSE, "-o", target).code == 0
        assert stat.S_IMODE(target.stat().st_mode) == 0o640
        for mode in (0o600, 0o664, 0o755):
            target.chmod(mode)
            assert cli(*MSE, "-o", target).code == 0
            assert stat.S_IMODE(target.stat().st_mode) == mode
    finally:
        os.umask(before)


@pytest.mark.parametrize("stage", ["render", "replace", "data"])
def test_a_failure_leaves_the_target_as_it_was(cli: Any, tmp_path: Path, monkeypatch: Any, stage: str) -> None:
    target = tmp_path / "out.json"
    target.write_text("before")
    arguments = [*MSE, "-o", str(target)]
    if stage == "render":
        monkeypatch.setattr("losscli.report.renderers.as_json.render", broken)
        expected = 70
    elif stage == "replace":

        def full(*_: Any) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("os.replace", full)
        expected = 2
    else:
        arguments[3] = "cancer/labels.npy"
        expected = 3
    code, out, err = cli(*arguments)
    monkeypatch.undo()
    assert (code, out) == (expected, "")
    if stage == "replace":
        assert err == f"losscli: {target} cannot be written: no space left on device.\n"
    assert target.read_text() == "before"
    assert os.listdir(tmp_path) == ["out.json"]


def links(source: Path, folder: Path) -> Iterator[Path]:
    yield source
    yield source.parent / "." / source.name
    for make, name in ((os.symlink, "soft.npy"), (os.link, "hard.npy")):
        try:
            make(source, folder / name)
        except OSError:
            continue
        yield folder / name


@pytest.mark.parametrize("role", ["pred", "label", "weights"])
def test_an_input_is_never_overwritten(cli: Any, tmp_path: Path, sample_data: Path, role: str) -> None:
    inputs = {name: tmp_path / f"{name}.npy" for name in ("pred", "label", "weights")}
    for name, path in inputs.items():
        shutil.copyfile(sample_data / "diabetes" / f"{name.rstrip('s')}.npy", path)
    before = inputs[role].read_bytes()
    (tmp_path / "links").mkdir()
    for target in links(inputs[role], tmp_path / "links"):
        ran = cli("compute", "mse", inputs["pred"], inputs["label"], "--weights", inputs["weights"], "-o", target)
        sentence = f"losscli: {target} is an input; it is not overwritten. Name another file with -o.\n"
        assert tuple(ran) == (2, "", sentence)
        assert inputs[role].read_bytes() == before
    assert leftovers(tmp_path) == []


def test_a_column_spec_is_an_input_too(cli: Any, tmp_path: Path, sample_data: Path) -> None:
    table = tmp_path / "t.csv"
    shutil.copyfile(sample_data / "diabetes/diabetes.csv", table)
    assert cli("compute", "mse", f"{table}::pred", "::label", "-o", table).code == 2
    assert table.read_bytes() == (sample_data / "diabetes/diabetes.csv").read_bytes()


@posix
def test_the_file_behind_standard_input_is_an_input(tmp_path: Path, sample_data: Path) -> None:
    table = tmp_path / "t.csv"
    shutil.copyfile(sample_data / "diabetes/diabetes.csv", table)
    with table.open("rb") as stdin:
        ended = subprocess.run(
            command(*ENDLESS, "-o", str(table)), stdin=stdin, capture_output=True, env=environment(), timeout=60
        )
    assert ended.returncode == 2
    assert ended.stderr.decode() == f"losscli: {table} is an input; it is not overwritten. Name another file with -o.\n"
    assert table.read_bytes() == (sample_data / "diabetes/diabetes.csv").read_bytes()


@posix
def test_a_link_stays_a_link(cli: Any, tmp_path: Path) -> None:
    target, link = tmp_path / "real" / "out.txt", tmp_path / "link"
    target.parent.mkdir()
    target.write_text("before")
    link.symlink_to(target)
    assert cli(*MSE, "--format", "value", "-o", link).code == 0
    assert link.is_symlink()
    assert target.read_text() == VALUE
    assert leftovers(tmp_path) + leftovers(target.parent) == []


@posix
def test_a_pipe_as_target_is_written_to_not_replaced(tmp_path: Path, sample_data: Path) -> None:
    # as root, replacing would turn /dev/stdout or /dev/null of the whole machine into a regular file
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    with subprocess.Popen(
        command(*MSE, "--format", "value", "-o", str(fifo)), cwd=sample_data, env=environment()
    ) as child:
        try:
            assert fifo.read_text() == VALUE
            assert child.wait(300) == 0
        finally:
            child.kill()
    assert stat.S_ISFIFO(fifo.stat().st_mode)
    assert leftovers(tmp_path) == []


def test_targets_that_cannot_be(cli: Any, tmp_path: Path) -> None:
    missing = tmp_path / "nonesuch" / "out.json"
    assert tuple(cli(*MSE, "-o", missing)) == (
        2, "", f"losscli: {missing} cannot be written: no such file or directory.\n"
    )  # fmt: skip
    assert tuple(cli(*MSE, "-o", tmp_path)) == (2, "", f"losscli: {tmp_path} is a folder. Name a file with -o.\n")
    assert os.listdir(tmp_path) == []


@posix
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_is_read_only(cli: Any, tmp_path: Path) -> None:
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o555)
    ran = cli(*MSE, "-o", folder / "out.json")
    assert tuple(ran) == (2, "", f"losscli: {folder / 'out.json'} cannot be written: permission denied.\n")


def test_hashes_only_where_they_are_shown(cli: Any) -> None:
    assert all(each["sha256"] for each in json.loads(cli(*MSE, "--json").out)["inputs"])
    assert not any(each["sha256"] for each in json.loads(cli(*MSE, "--json", "--no-hash").out)["inputs"])


def test_the_module_runs_as_a_program(process: Any) -> None:
    assert tuple(process(*MSE, "--format", "value")) == (0, VALUE, "")
    assert sys.executable in command()
