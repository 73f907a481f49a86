"""The command line as its users meet it: exit codes, streams, sentences, names, terminals, files."""

# ruff: noqa: E501 - a sentence that is tested word for word stands on one line

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import command, environment

from losscli.cli.program import COMMANDS

PRED, LABEL = "diabetes/pred.npy", "diabetes/label.npy"
MSE = ("compute", "mse", PRED, LABEL)
VALUE = "3024.6856610020086\n"
posix = pytest.mark.skipif(os.name != "posix", reason="signals, modes and links of POSIX")


@pytest.fixture
def save(tmp_path: Path) -> Any:
    """Write an array to NAME.npy in a temporary folder."""

    def write(name: str, values: Any) -> Path:
        np.save(tmp_path / f"{name}.npy", np.asarray(values))
        return tmp_path / f"{name}.npy"

    return write


def leftovers(folder: Path) -> list[str]:
    return [name for name in os.listdir(folder) if name.startswith(".losscli-")]


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


# -- sentences, word for word ---------------------------------------------------------------------------

FOCAL = "compute focal cancer/logits.npy cancer/labels.npy"
SEE = "See losscli compute mse --help."


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
            f"{PRED} stands where the loss should. Write losscli compute LOSS PREDICTIONS LABELS.",
        ),
        (
            2,
            f"compute {PRED} {LABEL}",
            f"{PRED} stands where the loss should. Write losscli compute LOSS PREDICTIONS LABELS.",
        ),
        (2, "compute mse", f"Missing argument 'PREDICTIONS'. {SEE}"),
        (2, f"compute mse {PRED} {LABEL} more", f"Got unexpected extra argument (more). {SEE}"),
        (2, f"{FOCAL} --gama 2", "No such option --gama. Did you mean --gamma? See losscli compute focal --help."),
        (2, f"{FOCAL} --form value", "No such option --form. Did you mean --format? See losscli compute focal --help."),
        (2, "compute dice masks/probs.npy masks/masks.npy --gamma 2", "No such option --gamma. See losscli compute dice --help."),
        (2, f"{FOCAL} --gamma -1", "gamma must be a number in [0, inf), got -1."),
        (2, f"{FOCAL} --gamma two", "gamma must be a number in [0, inf), got two."),
        (2, "compute focal --gamma cancer/logits.npy cancer/labels.npy", "gamma must be a number in [0, inf), got cancer/logits.npy."),
        (2, f"{FOCAL} --gamma", "Option '--gamma' requires an argument. See losscli compute focal --help."),
        (2, f"compute mse {PRED} {LABEL} --format xml", "format must be one of table, plain, json, jsonl, csv, tsv, markdown, value, got xml."),
        (2, f"compute mse {PRED} {LABEL} --json --format plain", "--json and --format plain contradict each other. Leave one out."),
        (2, f"compute mse {PRED} {LABEL} --reduction sum --denominator count", "--denominator belongs to --reduction mean, not to sum."),
        (2, f"compute mse {PRED} diabetes/lable.npy", f"There is no file diabetes/lable.npy. Did you mean {LABEL}?"),
        (2, f"compute mse diabetis/pred.npy {LABEL}", "There is no file diabetis/pred.npy. Nor is there a folder diabetis."),
        (2, f"compute mse diabetes {LABEL}", "diabetes holds both csv and parquet files. Name those of one format, as in 'FOLDER/*.parquet'."),
        (2, f"compute mse {PRED}", "mse needs labels. Give a second file, or --label COLUMN."),
        (2, "compute mse diabetes/diabetes.csv --pred predd", "diabetes/diabetes.csv has no column predd. Did you mean pred?"),
        (2, "compute mse diabetes/diabetes.csv --weight frob", "diabetes/diabetes.csv has no column frob. It has: id, pred, label, weight."),
        (2, f"compute mse {PRED} {LABEL} --pred p", f"{PRED} is an array without column names. Leave out --pred."),
        (3, f"compute mse {PRED} cancer/labels.npy", f"{PRED} has 442 rows and cancer/labels.npy has 412. Rows are paired by position, so both must be equally long."),
        (3, "compute bce cancer/logits.npy cancer/labels.npy --input probs", "cancer/logits.npy: 7.07292 is outside [0, 1], the range of probs, in row 1 (from 0). Scores before sigmoid or softmax are --input logits."),
        (3, "compute mse -", "Standard input is empty. Pipe a file into losscli, or name one."),
        (2, "schema", "Missing argument 'DOCUMENT'. Choose from: report, suite. See losscli schema --help."),
        (2, "schema reprot", "Invalid value for 'DOCUMENT': 'reprot' is not one of 'report', 'suite'. See losscli schema --help."),
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
        f"losscli: {pred} has NaN in row 2 (from 0). Use --nan omit to leave such rows out, or --nan propagate.\n",
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
    for arguments in ("show", "list more", "compute mse -x", "--nope", "compute --nope", "schema report -v"):
        code, out, err = cli(*arguments.split())
        assert (code, out) == (2, "")
        assert re.fullmatch(r"losscli: [^\n]+\. See losscli[a-z ]* --help\.\n", err), err


# -- bugs, interruption, streams that end --------------------------------------------------------------


def broken(*_: Any, **__: Any) -> None:
    raise RuntimeError("the kernel\nburst")


def test_a_bug_is_one_line_and_70(cli: Any, monkeypatch: Any) -> None:
    import losscli

    monkeypatch.setattr(losscli.loss("mse"), "kernel", broken)
    line = "losscli: This is a bug in losscli: RuntimeError: the kernel burst. "
    line += "Set LOSSCLI_DEBUG=1 to see the traceback, and report it.\n"
    assert tuple(cli(*MSE)) == (70, "", line)
    monkeypatch.setenv("LOSSCLI_DEBUG", "1")
    code, out, err = cli(*MSE)
    assert (code, out) == (70, "")
    assert err.startswith("Traceback (most recent call last):")
    assert err.endswith(line)


def test_too_little_memory_is_the_inputs_fault(cli: Any, monkeypatch: Any) -> None:
    import losscli

    def greedy(*_: Any, **__: Any) -> None:
        raise MemoryError

    monkeypatch.setattr(losscli.loss("mse"), "kernel", greedy)
    assert tuple(cli(*MSE)) == (3, "", "losscli: There is not enough memory for this input.\n")


ENDLESS = ("compute", "mse", "-", "--pred", "pred", "--label", "label")


def until_it_waits(child: subprocess.Popen[bytes], rows: int) -> None:
    """Feed a child and give it time to read; it then waits for more in whichever thread reads."""
    assert child.stdin is not None
    child.stdin.write(b"pred,label\n" + b"1.5,2\n" * rows)
    child.stdin.flush()
    deadline = time.monotonic() + 20
    state = Path(f"/proc/{child.pid}/stat")
    calm = 0
    while time.monotonic() < deadline and calm < 4:
        time.sleep(0.05)
        if state.exists():
            calm = calm + 1 if state.read_text().rpartition(")")[2].split()[0] == "S" else 0
        elif time.monotonic() > deadline - 18:
            break
    time.sleep(0.3)


@posix
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM)])
@pytest.mark.parametrize("rows", [1, 200_000])
def test_a_signal_ends_a_reader_of_an_endless_pipe(tmp_path: Path, number: int, code: int, rows: int) -> None:
    target = tmp_path / "out.json"
    target.write_text("before")
    with subprocess.Popen(
        command(*ENDLESS, "-o", str(target)),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(),
    ) as child:  # fmt: skip
        try:
            until_it_waits(child, rows)
            assert len(leftovers(tmp_path)) == 1
            child.send_signal(number)
            assert child.wait(10) == code
            assert child.stdout is not None
            assert child.stderr is not None
            assert child.stdout.read() == b""
            assert child.stderr.read() == (b"losscli: interrupted.\n" if code == 130 else b"")
        finally:
            child.kill()
    assert leftovers(tmp_path) == []
    assert target.read_text() == "before"


@posix
@pytest.mark.skipif(shutil.which("sh") is None, reason="needs sh")
def test_an_ignored_signal_stays_ignored() -> None:
    with subprocess.Popen(
        ["sh", "-c", 'trap "" INT HUP; exec "$@"', "sh", *command(*ENDLESS, "--format", "value")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment(),
    ) as child:  # fmt: skip
        try:
            until_it_waits(child, 4)
            child.send_signal(signal.SIGINT)
            child.send_signal(signal.SIGHUP)
            assert child.communicate(timeout=10) == (b"0.25\n", None)
            assert child.returncode == 0
        finally:
            child.kill()


@posix
def test_ctrl_c_in_this_process(cli: Any, monkeypatch: Any) -> None:
    import losscli.api.compute

    def interrupt(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(losscli.api.compute, "evaluate", interrupt)
    code, out, err = cli(*MSE)
    assert (code, out, err.strip()) == (130, "", "losscli: interrupted.")


@posix
@pytest.mark.parametrize(
    "arguments",
    [
        (*MSE, "--reduction", "none", "--format", "value"),
        (*MSE, "--json"),
        ("list",),
        ("show", "focal"),
        ("schema", "report"),
        ("compute", "mse", "--help"),
    ],
)
@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_nobody_reads_the_pipe(sample_data: Path, arguments: tuple[str, ...]) -> None:
    # the reader has gone before the first byte is written
    script = '"$@" | (exec <&-; sleep 0.01); echo "${PIPESTATUS[0]}"'
    ended = subprocess.run(
        ["bash", "-o", "pipefail", "-c", f"({script})", "bash", *command(*arguments)],
        capture_output=True, text=True, cwd=sample_data, env=environment(), timeout=60,
    )  # fmt: skip
    assert ended.stdout in ("141\n", "0\n")
    assert ended.stderr == ""


@posix
@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_head_takes_the_first_line(sample_data: Path, save: Any) -> None:
    many = save("many", np.zeros(400_000))
    arguments = ("compute", "mse", str(many), str(many), "--reduction", "none", "--format", "value")
    ended = subprocess.run(
        ["bash", "-o", "pipefail", "-c", '"$@" | head -1; echo "${PIPESTATUS[0]}"', "bash", *command(*arguments)],
        capture_output=True, text=True, cwd=sample_data, env=environment(), timeout=60,
    )  # fmt: skip
    assert ended.stdout in ("0.0\n141\n", "0.0\n0\n")
    assert ended.stderr == ""


@posix
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
@pytest.mark.parametrize("arguments", [MSE, (*MSE, "--json"), ("list",), ("schema", "report")])
def test_a_full_disk_is_said_in_words(sample_data: Path, arguments: tuple[str, ...]) -> None:
    with open("/dev/full", "w") as full:
        ended = subprocess.run(
            command(*arguments), stdout=full, stderr=subprocess.PIPE, cwd=sample_data, env=environment()
        )
    assert ended.returncode == 2
    assert ended.stderr == b"losscli: Standard output cannot be written: no space left on device.\n"


@posix
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_notes_that_cannot_be_written_cost_nothing(sample_data: Path) -> None:
    for arguments, code, out in (((*MSE, "-v", "--format", "value"), 0, VALUE.encode()), (("show", "nope"), 2, b"")):
        with open("/dev/full", "w") as full:
            ended = subprocess.run(
                command(*arguments), stdout=subprocess.PIPE, stderr=full, cwd=sample_data, env=environment()
            )
        assert (ended.returncode, ended.stdout) == (code, out)


@posix
@pytest.mark.skipif(shutil.which("sh") is None, reason="needs sh")
@pytest.mark.parametrize(
    ("closed", "arguments", "code"),
    [
        (">&-", MSE, 0),
        (">&-", ("list",), 0),
        (">&-", ("--version",), 0),
        ("2>&-", (*MSE, "-v"), 0),
        ("2>&-", ("show", "nope"), 2),
        ("2>&-", ("compute", "mse", PRED, "cancer/labels.npy"), 3),
        ("<&-", MSE, 0),
        ("<&-", ENDLESS, 3),
    ],
)
def test_closed_streams(sample_data: Path, closed: str, arguments: tuple[str, ...], code: int) -> None:
    ended = subprocess.run(
        ["sh", "-c", f'"$@" {closed}', "sh", *command(*arguments)],
        capture_output=True, cwd=sample_data, env=environment(), timeout=60,
    )  # fmt: skip
    assert ended.returncode == code
    assert b"Traceback" not in ended.stderr
    assert b"bug" not in ended.stderr


def test_warnings_for_programmers_are_not_shown(process: Any, save: Any) -> None:
    huge = save("huge", [1e200, 1.0])
    code, out, err = process("compute", "mse", huge, save("zero", [0.0, 0.0]), "--format", "value")
    assert (code, out) == (0, "inf\n")
    assert err == "losscli: note: mse: row 0 (from 0) costs inf.\n"


# -- names ----------------------------------------------------------------------------------------------

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
        shutil.copy(sample_data / PRED, os.fsdecode(path))
    except OSError:
        pytest.skip("this file system refuses the name")
    return path


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
    shutil.copy(sample_data / PRED, folder / "pred.npy")
    ran = process("compute", "mse", folder / "pred.npy", LABEL, env={"COLUMNS": "40"})
    assert ran.code == 0
    assert f"predictions     {folder / 'pred.npy'} (float64, 442)\n" in ran.out
    assert all(ord(c) < 128 for c in ran.out.replace(str(tmp_path), ""))
    assert "\x1b" not in ran.out


# -- terminals and colours ------------------------------------------------------------------------------


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
    together = re.sub(r"[\s│]", "", plain)
    for path in arguments[2:]:
        assert path in together or columns == 40


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
        shutil.copy(sample_data / "diabetes" / f"{name.rstrip('s')}.npy", path)
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
    shutil.copy(sample_data / "diabetes/diabetes.csv", table)
    assert cli("compute", "mse", f"{table}::pred", "::label", "-o", table).code == 2
    assert table.read_bytes() == (sample_data / "diabetes/diabetes.csv").read_bytes()


@posix
def test_the_file_behind_standard_input_is_an_input(tmp_path: Path, sample_data: Path) -> None:
    table = tmp_path / "t.csv"
    shutil.copy(sample_data / "diabetes/diabetes.csv", table)
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
            assert child.wait(20) == 0
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
