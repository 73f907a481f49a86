"""The sentences of the command line, word for word, and the names in them."""

# ruff: noqa: E501 - a sentence that is tested word for word stands on one line

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli_words import LABEL, PRED, posix
from conftest import command, environment

from losscli.cli.program import COMMANDS


@pytest.fixture
def save(tmp_path: Path) -> Any:
    """Write an array to NAME.npy in a temporary folder."""

    def write(name: str, values: Any) -> Path:
        np.save(tmp_path / f"{name}.npy", np.asarray(values))
        return tmp_path / f"{name}.npy"

    return write


FOCAL = "compute focal cancer/logits.npy cancer/labels.npy"
SEE = "See losscli compute mse --help."

# -- sentences, word for word ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "arguments", "sentence"),
    [
        (2, "comput mse", "There is no command 'comput'. Did you mean compute? See losscli --help."),
        (
            2,
            "frobnicate",
            f"There is no command 'frobnicate'. Commands are {', '.join(COMMANDS)}. See losscli --help.",
        ),
        (2, f"compute focl {PRED} {LABEL}", "There is no loss 'focl'. Did you mean focal?"),
        (2, f"compute mean_square {PRED} {LABEL}", "There is no loss 'mean_square'. Did you mean mean_squared_error?"),
        (2, f"compute frobnicate {PRED} {LABEL}", "There is no loss 'frobnicate'. See losscli list."),
        (2, "show frobnicate", "There is no loss 'frobnicate'. See losscli list."),
        (
            2,
            f"compute {PRED} mse",
            f"{PRED} stands where the loss should. Write losscli compute mse {PRED}.",
        ),
        (
            2,
            f"compute {PRED} {LABEL}",
            f"{PRED} stands where the loss should. Write losscli compute LOSS PREDICTIONS LABELS.",
        ),
        (2, "compute mse", f"Missing argument 'PREDICTIONS'. Write losscli compute mse PREDICTIONS LABELS. A table that comes through a pipe is named -. {SEE}"),
        (2, f"compute mse {PRED} {LABEL} more", f"Got unexpected extra argument (more). {SEE}"),
        (2, f"{FOCAL} --gama 2", "No such option --gama. Did you mean --gamma? See losscli compute focal --help."),
        (2, f"{FOCAL} --form value", "No such option --form. Did you mean --format? See losscli compute focal --help."),
        (2, "compute dice masks/probs.npy masks/masks.npy --gamma 2", "No such option --gamma. See losscli compute dice --help."),
        (2, f"{FOCAL} --gamma -1", "gamma must be a number in [0, inf), got -1."),
        (2, f"{FOCAL} --gamma two", "gamma must be a number in [0, inf), got two."),
        (2, "compute focal --gamma cancer/logits.npy cancer/labels.npy", "gamma must be a number in [0, inf), got cancer/logits.npy."),
        (2, f"{FOCAL} --gamma", "Option '--gamma' requires an argument. Write --gamma NUMBER. See losscli compute focal --help."),
        (2, f"compute mse {PRED} {LABEL} --format xml", "format must be one of table, plain, json, jsonl, csv, tsv, markdown, value, got xml."),
        (2, f"compute mse {PRED} {LABEL} --json --format plain", "--json and --format plain contradict each other. Leave one out."),
        (2, f"compute mse {PRED} {LABEL} --reduction sum --denominator count", "--denominator belongs to --reduction mean, not to sum."),
        (2, f"compute mse {PRED} diabetes/lable.npy", f"There is no file diabetes/lable.npy. Did you mean {LABEL}?"),
        (2, f"compute mse diabetis/pred.npy {LABEL}", "There is no file diabetis/pred.npy. Nor is there a folder diabetis."),
        (2, f"compute mse diabetes {LABEL}", "diabetes holds both csv and parquet files. Name those of one format, as in 'FOLDER/*.parquet'."),
        (2, f"compute mse {PRED}", "mse needs labels. diabetes/pred.npy has no other column: give a second file, with the labels."),
        (2, "compute mse diabetes/diabetes.csv --pred predd", "diabetes/diabetes.csv has no column predd. Did you mean pred?"),
        (2, "compute mse diabetes/diabetes.csv --weight frob", "diabetes/diabetes.csv has no column frob. It has: id, pred, label, weight."),
        (2, f"compute mse {PRED} {LABEL} --pred p", f"{PRED} is an array without column names. Leave out --pred."),
        (3, f"compute mse {PRED} cancer/labels.npy", f"{PRED} has 442 rows and cancer/labels.npy has 412. Rows are paired by position, so both must be equally long."),
        (3, "compute bce cancer/logits.npy cancer/labels.npy --input probs", "cancer/logits.npy: 7.07292 is outside [0, 1], the range of probs, in row 1 (from 0). Scores before sigmoid or softmax are --input logits."),
        (3, "compute mse -", "Standard input is empty. Pipe a file into losscli, or name one."),
        (2, "schema", "Missing argument 'DOCUMENT'. Choose from: report, line, suite, vectors. See losscli schema --help."),
        (2, "schema reprot", "Invalid value for 'DOCUMENT': 'reprot' is not one of 'report', 'line', 'suite', 'vectors'. See losscli schema --help."),
    ],
)  # fmt: skip
def test_common_mistakes(cli: Any, code: int, arguments: str, sentence: str) -> None:
    assert tuple(cli(*arguments.split())) == (code, "", f"losscli: {sentence}\n")


def test_labels_that_count_from_one(cli: Any, save: Any, sample_data: Path) -> None:
    labels = save("labels", np.load(sample_data / "digits/labels.npy") + 1)
    row = int(np.argmax(np.load(labels) == 10))
    assert tuple(cli("compute", "ce", "digits/logits.npy", labels)) == (
        3, "", f"losscli: {labels}: label 10 is outside 0 ... 9, in row {row} (from 0). Labels count from 0: "
        "subtract 1 from these, which start at 1, and save the file again.\n"
    )  # fmt: skip


def test_nan_names_its_row(cli: Any, save: Any) -> None:
    pred, label = save("p", [1.0, 2.0, np.nan]), save("y", [1.0, 2.0, 3.0])
    assert tuple(cli("compute", "mse", pred, label)) == (
        3,
        "",
        f"losscli: {pred} has NaN in row 2 (from 0). Use --nan drop to leave such rows out, or --nan propagate.\n",
    )
    assert cli("compute", "mse", pred, label, "--nan", "omit", "--format", "value").out == "0.0\n"
    assert cli("compute", "mse", pred, label, "--nan", "propagate", "--format", "value").out == "nan\n"


@pytest.mark.parametrize("arguments", ["compute", ""])
def test_no_arguments_is_help_on_stderr(cli: Any, arguments: str) -> None:
    code, out, err = cli(*arguments.split())
    assert (code, out) == (2, "")
    assert err.startswith("Usage: losscli")


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("mse", PRED, ""), "LABELS"),
        (("mse", "", LABEL), "PREDICTIONS"),
        (("mse", PRED, LABEL, "--weights", ""), "--weights"),
        (("mse", PRED, LABEL, "-o", ""), "--output"),
    ],
)
def test_an_unset_variable_is_not_the_predictions(cli: Any, arguments: tuple[str, ...], what: str) -> None:
    # as a SPEC an empty text means the predictions' own file: mse of predictions with themselves is a perfect 0
    assert tuple(cli("compute", *arguments)) == (
        2, "", f"losscli: {what} is empty. Is a variable of the shell not set?\n"
    )  # fmt: skip


def test_every_sentence_ends_and_fits_a_line(cli: Any) -> None:
    for arguments in ("show", "list --nope", "compute mse -x", "--nope", "compute --nope", "schema report -v"):
        code, out, err = cli(*arguments.split())
        assert (code, out) == (2, "")
        assert re.fullmatch(r"losscli: [^\n]+\. See losscli[a-z ]* --help\.\n", err), err


NAMES = [
    b"plain.npy",
    b"a[red]x[/red].npy",
    b"[/].npy",
    b"new\nline.npy",
    b"esc\x1b[31mred\x1b]0;title\x07.npy",
    b"tab\tand\rreturn.npy",
    b"bad\xff\xfebytes.npy",
    "naïve→文.npy".encode(),
    "right\u202eleft\u2066.npy".encode(),
    b"quote'\"%s{0}\\n.npy",
]


@pytest.fixture
def named(tmp_path: Path, sample_data: Path, request: Any) -> bytes:
    """A copy of the predictions under a troublesome name."""
    path = os.fsencode(tmp_path) + b"/" + request.param
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        shutil.copyfile(sample_data / PRED, os.fsdecode(path))
    except OSError:
        pytest.skip("this file system refuses the name")
    return path


# -- names ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("named", NAMES, indirect=True, ids=ascii)
@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "cp1252"])
def test_no_name_breaks_the_output(cli: Any, named: bytes, encoding: str) -> None:
    name = os.fsdecode(named)
    for arguments in (("--format", "table"), ("--format", "plain"), ("--json",), ("-v",)):
        code, out, err = cli("compute", "mse", name, LABEL, *arguments, encoding=encoding)
        assert code == 0, err
        for text in (out, err):
            assert all(c == "\n" or c.isprintable() for c in text), ascii(text)
        assert "�" not in out
    document = json.loads(cli("compute", "mse", name, LABEL, "--json", encoding=encoding).out)
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in name)
    assert document["inputs"][0]["path"] == shown
    wrong = cli("compute", "mse", name + "x", LABEL, encoding=encoding)
    assert wrong.code == 2
    assert wrong.err.count("\n") == 1
    assert wrong.err[:-1].isprintable()


@posix
@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
@pytest.mark.parametrize(
    "named", ["naïve→文\udcff.npy".encode("utf-8", "surrogateescape")], indirect=True, ids=["name"]
)
def test_no_encoding_breaks_the_process(sample_data: Path, named: bytes, encoding: str) -> None:
    for format_ in ("table", "plain", "json", "value"):
        ended = subprocess.run(
            command("compute", "mse", named, LABEL, "--format", format_), capture_output=True, cwd=sample_data,
            env=environment(PYTHONIOENCODING=encoding, PYTHONUTF8="0"), timeout=60,
        )  # fmt: skip
        assert (ended.returncode, ended.stderr) == (0, b"")
        text = ended.stdout.decode(encoding)
        if format_ == "json":
            assert "na\u00efve\u2192\u6587" in json.loads(ended.stdout.decode())["inputs"][0]["path"]
        elif format_ == "table":
            assert ("╭" in text) == (encoding == "utf-8")
            assert ("+--" in text) == (encoding != "utf-8")
            assert len({len(line) for line in text.splitlines()}) == 1 or encoding == "utf-8"  # 文 is two cells wide


def test_a_pipe_never_crops_a_path(process: Any, tmp_path: Path, sample_data: Path) -> None:
    folder = tmp_path.joinpath(*["a-very-long-name-of-a-folder-in-a-cluster-run"] * 6)
    folder.mkdir(parents=True)
    shutil.copyfile(sample_data / PRED, folder / "pred.npy")
    ran = process("compute", "mse", folder / "pred.npy", LABEL, "-v", env={"COLUMNS": "40"})
    assert ran.code == 0
    assert f"predictions     {folder / 'pred.npy'} (float64, 442)\n" in ran.out
    assert all(ord(c) < 128 for c in ran.out.replace(str(tmp_path), ""))
    assert "\x1b" not in ran.out
