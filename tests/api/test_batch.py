"""Many data sets and losses in one process: records, failures, going on, gates, lists, streams and what they cost."""

# ruff: noqa: E501 - a sentence that is tested word for word stands on one line

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import command, environment

import losscli
from losscli.sources.datasets.table_cache import TableCache
from losscli.sources.open import ReadOptions

posix = pytest.mark.skipif(os.name != "posix", reason="signals and pipes of POSIX")
ROWS = 100


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Four files of predictions, p0.npy to p3.npy, and y.npy."""
    rng = np.random.default_rng(5)
    np.save(tmp_path / "y.npy", rng.normal(size=ROWS))
    for i in range(4):
        np.save(tmp_path / f"p{i}.npy", rng.normal(size=ROWS))
    return tmp_path


@pytest.fixture
def batch(cli: Any, data: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run `losscli batch` in the folder of the data."""
    monkeypatch.chdir(data)

    def run(*arguments: Any, **options: Any) -> Any:
        monkeypatch.chdir(data)
        return cli("batch", *arguments, **options)

    return run


def records(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def value(loss: str, pred: Path, label: Path, **params: Any) -> float | None:
    return losscli.compute(loss, str(pred), str(label), **params).value


ALL = ("p*.npy", "--labels", "y.npy", "-l", "mse", "-l", "huber:delta=0.5")


# -- results --------------------------------------------------------------------------------------------


def test_each_loss_of_each_data_set_is_a_line(batch: Any, data: Path) -> None:
    code, out, err = batch(*ALL)
    assert (code, err) == (0, "")
    found = records(out)
    assert [(each["dataset"], each["loss"]) for each in found] == [
        (f"p{i}.npy", loss) for i in range(4) for loss in ("mse", "huber")
    ]
    for each in found:
        params = {"delta": 0.5} if each["loss"] == "huber" else {}
        alone = losscli.compute(each["loss"], str(data / each["dataset"]), str(data / "y.npy"), **params)
        assert (each["value"], each["stderr"], each["signature"]) == (alone.value, alone.stderr, alone.signature)
        assert (each["command"], each["status"], each["n"]) == ("batch", "ok", ROWS)
        assert [file["path"] for file in each["inputs"]] == [each["dataset"], "y.npy"]
        assert all(len(file["sha256"]) == 64 for file in each["inputs"])


def test_lines_fit_the_schema_of_results(batch: Any) -> None:
    import jsonschema

    from losscli.report import schemas

    schema = json.loads(schemas.text("report"))
    for line in records(batch(*ALL, "gone.npy", "--keep-going").out):
        document = {name: line.pop(name) for name in ("schema_version", "tool", "command", "inputs")}
        line.pop("request", None)
        jsonschema.validate({**document, "results": [line], "warnings": [], "elapsed_s": 0}, schema)


@pytest.mark.parametrize("jobs", [2, 5])
def test_jobs_at_a_time_change_the_order_alone(batch: Any, jobs: int) -> None:
    one, several = batch(*ALL), batch(*ALL, "--jobs", jobs)
    assert sorted(one.out.splitlines()) == sorted(several.out.splitlines())


def test_one_table_for_all_losses_is_read_once(batch: Any, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    lines = "".join(f"{a},{b},{w}\n" for a, b, w in rng.uniform(size=(300, 3)).tolist())
    (data / "all.csv").write_text("pred,label,w\n" + lines)
    from losscli.sources.formats.csv.csv_file import CsvTable

    readings = []
    blocks = CsvTable.blocks
    monkeypatch.setattr(CsvTable, "blocks", lambda self, *given: readings.append(1) or blocks(self, *given))
    code, out, err = batch("all.csv", "-l", "mse", "-l", "mae", "-l", "huber", "-l", "l2", "--weight", "w", "-q")
    assert (code, err, len(readings)) == (0, "", 1)
    assert len(records(out)) == 4


def test_losses_of_other_roles_have_a_reading_of_their_own(cli: Any) -> None:
    code, out, _ = cli(
        "batch", "faces/embeddings.npy", "--labels", "faces/labels.npy", "-l", "center", "-l", "triplet:mining=hard",
        "-l", "cosface:class_weights_matrix=faces/class_weights_matrix.npy",
        "-l", "arcface:class_weights_matrix=faces/class_weights_matrix.npy,scale=8",
    )  # fmt: skip
    assert code == 0
    for each, (loss, params) in zip(
        records(out),
        (
            ("center", {}),
            ("triplet", {"mining": "hard"}),
            ("cosface", {"class_weights_matrix": "faces/class_weights_matrix.npy"}),
            ("arcface", {"class_weights_matrix": "faces/class_weights_matrix.npy", "scale": 8.0}),
        ),
        strict=True,
    ):
        alone = losscli.compute(loss, "faces/embeddings.npy", "faces/labels.npy", **params)
        assert (each["loss"], each["value"]) == (loss, alone.value)


def test_options_of_a_loss_come_before_those_of_all(cli: Any) -> None:
    code, out, _ = cli(
        "batch", "cancer/logits.npy", "--labels", "cancer/labels.npy", "-l", "bce:like=torch", "-l", "bce:reduction=sum",
        "-l", "focal", "--like", "optax",
    )  # fmt: skip
    assert code == 0
    assert [each["like"] for each in records(out)] == ["torch", "optax", "optax"]
    assert [each["reduction"] for each in records(out)] == ["mean", "sum", "mean"]


@pytest.mark.parametrize("jobs", [1, 3])
def test_rows_are_paired_by_key(cli: Any, jobs: int) -> None:
    code, out, _ = cli(
        "batch", "joined/preds.csv", "joined/../joined/preds.csv", "--labels", "joined/labels.parquet", "--weight", "weight",
        "--join", "id", "--on-missing", "drop", "-l", "mse", "-l", "mae", "--jobs", jobs, "-q",
    )  # fmt: skip
    assert code == 0
    found = records(out)
    assert len(found) == 4
    alone = losscli.compute(
        "mse", "joined/preds.csv", "joined/labels.parquet", weight="weight", join="id", on_missing="drop"
    )
    assert {each["value"] for each in found if each["loss"] == "mse"} == {alone.value}
    assert found[0]["pairing"]["matched"] == 430


def test_classes_by_file(batch: Any, data: Path) -> None:
    rng = np.random.default_rng(2)
    np.save(data / "z.npy", rng.normal(size=(ROWS, 3)))
    np.save(data / "c.npy", rng.integers(0, 3, ROWS))
    np.save(data / "w.npy", np.array([1.0, 2.0, 3.0]))
    code, out, _ = batch("z.npy", "--labels", "c.npy", "-l", "focal", "-l", "ce:class_weights=w.npy")
    alone = losscli.compute("ce", str(data / "z.npy"), str(data / "c.npy"), class_weights=[1.0, 2.0, 3.0])
    assert (code, records(out)[1]["value"]) == (0, alone.value)


def test_rows_are_lines(batch: Any) -> None:
    code, out, _ = batch("p0.npy", "--labels", "y.npy", "-l", "mse:reduction=none", "-l", "mae")
    found = records(out)
    assert (code, len(found)) == (0, ROWS + 1)
    assert found[0].keys() == {"dataset", "loss", "row", "value"}


@pytest.mark.parametrize("format_", ["table", "plain", "json", "csv", "tsv", "markdown", "value"])
def test_every_format(batch: Any, format_: str) -> None:
    code, out, err = batch(*ALL, "--format", format_)
    assert (code, err) == (0, "")
    expected = records(batch(*ALL).out)[0]["value"]
    if format_ == "value":
        assert float(out.splitlines()[0]) == expected
        assert len(out.splitlines()) == 8
    else:
        assert "p0.npy" in out
        assert f"{expected:.7f}"[:8] in out


def test_reports_beside_the_lines(batch: Any, data: Path) -> None:
    code, out, _ = batch(*ALL, "gone.npy", "--keep-going", "--report", "junit=r.xml", "--report", "json=r.json")
    assert (code, len(records(out))) == (4, 10)
    assert "gone.npy" in (data / "r.xml").read_text()
    document = json.loads((data / "r.json").read_text())
    assert [each["status"] for each in document["results"]].count("error") == 2


# -- failures and gates ---------------------------------------------------------------------------------


def test_the_first_failure_ends_the_run_after_its_record(batch: Any) -> None:
    code, out, err = batch("p0.npy", "gone.npy", "p1.npy", "--labels", "y.npy", "-l", "mse")
    assert code == 2
    ok, bad = records(out)
    assert (ok["status"], bad["status"], bad["dataset"], bad["value"]) == ("ok", "error", "gone.npy", None)
    assert bad["error"] == "There is no file gone.npy. Did you mean p0.npy?" or bad["error"].startswith("There is no")
    assert err.splitlines()[0] == f"losscli: gone.npy: {bad['error']}"


def test_keep_going(batch: Any, data: Path) -> None:
    np.save(data / "short.npy", np.zeros(3))
    code, out, err = batch("p0.npy", "short.npy", "p1.npy", "--labels", "y.npy", "-l", "mse", "--keep-going")
    assert code == 4
    assert [each["status"] for each in records(out)] == ["ok", "error", "ok"]
    assert err.endswith("losscli: 3 results, 1 failed.\n")
    zero = batch("p0.npy", "short.npy", "--labels", "y.npy", "-l", "mse", "--keep-going", "--exit-zero")
    assert zero.code == 0


def test_when_all_fail(batch: Any, data: Path) -> None:
    np.save(data / "short.npy", np.zeros(3))
    assert batch("short.npy", "--labels", "y.npy", "-l", "mse", "-l", "mae", "--keep-going").code == 3
    assert batch("short.npy", "--labels", "y.npy", "-l", "mse", "-l", "mae").code == 3
    assert batch("gone.npy", "--labels", "y.npy", "-l", "mse", "--keep-going").code == 2


def test_a_loss_that_fails_leaves_the_others(batch: Any, data: Path) -> None:
    np.save(data / "b.npy", np.full(ROWS, 2))
    code, out, _ = batch("p0.npy", "--labels", "b.npy", "-l", "bce", "-l", "mse", "--keep-going")
    assert code == 4
    bad, ok = records(out)
    assert (bad["loss"], bad["status"], ok["status"]) == ("sigmoid_cross_entropy", "error", "ok")
    assert "row 0" in bad["error"]


def test_a_bug_is_a_record_and_exit_code_70(batch: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from losscli.core import registry

    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(registry.find("mae"), "kernel", broken)
    code, out, _ = batch("p0.npy", "--labels", "y.npy", "-l", "mae", "-l", "mse", "--keep-going")
    assert code == 70
    assert [each["status"] for each in records(out)] == ["error", "ok"]
    assert "This is a bug in losscli: RuntimeError: broken" in records(out)[0]["error"]


SUITE = """
loss = ["mse", "mae"]
[[data]]
name = "a"
pred = "p0.npy"
label = "y.npy"
max = {{ mse = {mse}, mae = 100 }}
"""


def test_gates(batch: Any, data: Path) -> None:
    (data / "s.toml").write_text(SUITE.format(mse=100))
    assert batch("s.toml").code == 0
    (data / "s.toml").write_text(SUITE.format(mse=0.01))
    code, out, err = batch("s.toml")
    assert code == 1
    (check,) = records(out)[0]["checks"]
    assert (check["name"], check["passed"], check["limit"]) == ("mse <= 0.01", False, 0.01)
    assert "is above 0.01" in err
    assert batch("s.toml", "--exit-zero").code == 0


def test_gates_of_the_command_line(batch: Any) -> None:
    assert batch(*ALL, "--max", "100").code == 0
    code, out, _ = batch(*ALL, "--max", "mse=0.01")
    assert code == 1
    assert [bool(each["checks"]) for each in records(out)] == [True, False] * 4
    for wrong in ("mae=1", "mse", "mse=x"):
        assert batch(*ALL, "--max", wrong).code == 2
    assert batch(*ALL, "--max", "1", "--max", "mse=1").code == 2


def test_intervals(batch: Any, data: Path) -> None:
    code, out, _ = batch("p0.npy", "--labels", "y.npy", "-l", "mse", "-l", "mae", "--ci", "90")
    assert code == 0
    for each in records(out):
        alone = losscli.compute(each["loss"], str(data / "p0.npy"), str(data / "y.npy"), ci=0.9)
        assert each["ci"] == alone.ci
    assert (
        batch("p0.npy", "--labels", "y.npy", "-l", "mse:reduction=none", "-l", "mae", "--ci", "90", "--keep-going").code
        == 4
    )


def test_a_wrong_convention_of_one_loss_leaves_the_others(batch: Any) -> None:
    code, out, _ = batch("p0.npy", "--labels", "y.npy", "-l", "mse:like=kers", "-l", "mae", "--keep-going")
    assert (code, [each["status"] for each in records(out)]) == (4, ["error", "ok"])


# -- where data sets come from --------------------------------------------------------------------------


def test_a_list_on_standard_input(batch: Any) -> None:
    code, out, _ = batch("-", "--labels", "y.npy", "-l", "mse", stdin=b"p1.npy\r\n\np0.npy")
    assert (code, [each["dataset"] for each in records(out)]) == (0, ["p1.npy", "p0.npy"])


def test_lists_ended_by_nul(batch: Any, data: Path) -> None:
    os.rename(data / "p0.npy", data / "odd\nname.npy")
    content = b"odd\nname.npy\0p1.npy\0"
    (data / "list").write_bytes(content)
    for arguments, stdin in ((("--files0-from", "list"), b""), (("--files0-from", "-"), content)):
        code, out, _ = batch(*arguments, "--labels", "y.npy", "-l", "mse", stdin=stdin)
        assert (code, [each["dataset"] for each in records(out)]) == (0, ["odd\\nname.npy", "p1.npy"])


def test_json_lines_on_standard_input(batch: Any, data: Path) -> None:
    lines = [
        {"pred": "p0.npy", "label": "y.npy", "loss": ["mse", "huber:delta=2"], "name": "first"},
        {"pred": "p1.npy", "weight": "y.npy"},
        {"pred": "p2.npy", "loss": {"name": "huber", "delta": 3}},
        {"pred": "p3.npy", "los": "mse"},
    ]
    text = "".join(json.dumps(line) + "\n" for line in lines) + "{broken\n"
    np.save(data / "y.npy", np.abs(np.load(data / "y.npy")))
    code, out, _ = batch("-", "--labels", "y.npy", "-l", "mae", "--keep-going", stdin=text.encode())
    found = records(out)
    assert code == 4
    assert [(each["dataset"], each["loss"]) for each in found] == [
        ("first", "mse"), ("first", "huber"), ("p1.npy", "mae"), ("p2.npy", "huber"), ("p3.npy", ""),
        ("Standard input, line 5", ""),
    ]  # fmt: skip
    assert found[2]["signature"].find("weighted:yes") > 0
    assert found[4]["error"] == "Standard input, line 4: there is no key 'los'. Did you mean loss?"
    assert found[5]["error"].startswith("Standard input, line 5 is not JSON")


def test_a_suite_in_the_project(batch: Any, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    suite = SUITE.format(mse=100).replace("[[data]]", "[[tool.losscli.suite.data]]")
    (data / "pyproject.toml").write_text("[tool.losscli.suite]" + suite)
    assert [each["loss"] for each in records(batch().out)] == ["mse", "mae"]
    assert batch("pyproject.toml").out == batch().out
    (data / "below").mkdir()
    monkeypatch.setattr(os, "getcwd", lambda: str(data / "below"))
    os.chdir(data / "below")
    from losscli.cli.main import run

    assert run(["batch", "-q"]) == 0
    os.chdir(data)
    monkeypatch.undo()


def test_a_config_with_a_suite_serves_other_commands(batch: Any, cli: Any, data: Path, monkeypatch: Any) -> None:
    suite = SUITE.format(mse=100).replace("[[data]]", "[[suite.data]]")
    (data / "losscli.toml").write_text('precision = "double"\n[suite]' + suite)
    assert batch("p0.npy", "--labels", "y.npy", "-l", "mse").code == 0
    assert batch().code == 0
    assert cli("compute", "mse", data / "p0.npy", data / "y.npy", "--config", data / "losscli.toml").code == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "No data sets are named, and there is no [tool.losscli.suite]. Write losscli batch FILE... -l LOSS."),
        (("p0.npy",), "No loss is named. Write -l mse."),
        (("p0.npy", "-l", "msee"), "There is no loss 'msee'. Did you mean mse?"),
        (("q*.npy", "-l", "mse"), "No file matches q*.npy."),
        (("s.toml",), "There is no file s.toml."),
        (("s.toml", "-l", "mse"), "A suite says its own losses. Leave out -l, or name files."),
        (("s.toml", "p0.npy", "-l", "mse"), "A suite stands alone. Name one suite, or files."),
        (("-", "p0.npy", "-l", "mse"), "- is a list of data sets, and stands alone. Leave out the other files."),
        (("-", "-l", "mse"), "Standard input lists no data sets."),
        (("p0.npy", "--files0-from", "x", "-l", "mse"), "--files0-from names the data sets, and so do arguments. Leave one out."),
        (("--files0-from", "gone", "-l", "mse"), "gone cannot be read: no such file or directory."),
        (("p0.npy", "-l", "mse", "--resume"), "--resume goes on with a file of JSON lines that has hashes. Write -o FILE.jsonl."),
        (("p0.npy", "-l", "mse", "--labels", "y.npy", "-o", "y.npy", "--format", "jsonl"), "y.npy is an input; it is not overwritten. Name another file with -o."),
        (("p0.npy", "-l", "mse", "--labels", ""), "--labels is empty. Is a variable of the shell not set?"),
    ],
)  # fmt: skip
def test_what_is_refused(batch: Any, arguments: tuple[str, ...], sentence: str) -> None:
    assert tuple(batch(*arguments)) == (2, "", f"losscli: {sentence}\n")


def test_an_output_that_a_list_names_is_not_written_to(batch: Any, data: Path) -> None:
    before = (data / "p1.npy").read_bytes()
    arguments = ("-", "--labels", "y.npy", "-l", "mse", "--format", "csv", "-o", "p1.npy")
    code, _, err = batch(*arguments, stdin=b"p0.npy\np1.npy\n")
    assert (code, (data / "p1.npy").read_bytes()) == (2, before)
    assert "p1.npy is an input" in err


def test_no_data_come_from_standard_input(batch: Any) -> None:
    code, _, err = batch("-", "--labels", "-", "-l", "mse", stdin=b"p0.npy\n")
    assert code == 2
    assert "A batch reads no data from standard input." in err


@posix
def test_a_pipe_by_name_serves_losses_of_one_reading(batch: Any, data: Path) -> None:
    import threading

    content = (data / "p0.npy").read_bytes()
    os.mkfifo(data / "pipe")
    threading.Thread(target=lambda: (data / "pipe").write_bytes(content), daemon=True).start()
    code, out, _ = batch("pipe", "--labels", "y.npy", "-l", "mse", "-l", "mae")
    assert (code, records(out)[1]["value"]) == (0, value("mae", data / "p0.npy", data / "y.npy"))


# -- the file of -o -------------------------------------------------------------------------------------

OUT = (*ALL, "-o", "out.jsonl")


def test_resume_leaves_out_what_is_finished(batch: Any, data: Path) -> None:
    assert batch(*OUT).code == 0
    whole = (data / "out.jsonl").read_text()
    lines = whole.splitlines(keepends=True)
    (data / "out.jsonl").write_text("".join(lines[:3]) + lines[3][:50])  # killed in the midst of a line
    code, out, err = batch(*OUT, "--resume")
    assert (code, out) == (0, "")
    assert err == "losscli: 8 results, 3 of them finished before in out.jsonl.\n"
    assert (data / "out.jsonl").read_text() == whole
    assert batch(*OUT, "--resume").err == "losscli: 8 results, 8 of them finished before in out.jsonl.\n"
    assert (data / "out.jsonl").read_text() == whole


@pytest.mark.parametrize("what", ["pred", "label", "parameter", "policy", "version"])
def test_resume_computes_again_what_has_changed(batch: Any, data: Path, monkeypatch: Any, what: str) -> None:
    batch(*OUT)
    arguments, same = list(OUT), 0
    if what == "pred":
        np.save(data / "p0.npy", np.zeros(ROWS))
        same = 6
    elif what == "label":
        np.save(data / "y.npy", np.zeros(ROWS))
    elif what == "parameter":
        arguments[arguments.index("huber:delta=0.5")] = "huber:delta=0.6"
        same = 4
    elif what == "policy":
        arguments += ["--nan", "omit"]
    else:
        monkeypatch.setattr("losscli.api.results.__version__", "9.9")
    found = batch(*arguments, "--resume")
    assert found.code == 0
    told = f", {same} of them finished before" if same else ""
    assert found.err == f"losscli: 8 results{told} in out.jsonl.\n"


def test_resume_tries_failures_again(batch: Any, data: Path) -> None:
    os.rename(data / "p2.npy", data / "away")
    arguments = ("p0.npy", "p2.npy", "--labels", "y.npy", "-l", "mse", "--keep-going", "-o", "out.jsonl", "--resume")
    assert batch(*arguments).code == 4
    os.rename(data / "away", data / "p2.npy")
    assert batch(*arguments).code == 0
    assert [each["status"] for each in records((data / "out.jsonl").read_text())] == ["ok", "ok"]


def test_resume_holds_old_values_to_the_gates_and_reports_them(batch: Any, data: Path) -> None:
    (data / "s.toml").write_text(SUITE.format(mse=100))
    batch("s.toml", "-o", "out.jsonl")
    (data / "s.toml").write_text(SUITE.format(mse=0.01))
    code, _, _ = batch("s.toml", "-o", "out.jsonl", "--resume", "--report", "json=r.json")
    assert code == 1
    document = json.loads((data / "r.json").read_text())
    old = records((data / "out.jsonl").read_text())
    assert [each["value"] for each in document["results"]] == [each["value"] for each in old]


def test_a_file_that_is_there_is_replaced_at_the_end(batch: Any, data: Path) -> None:
    (data / "out.jsonl").write_text("before\n")
    failed = batch("p0.npy", "gone.npy", "--labels", "y.npy", "-l", "mse", "-o", "out.jsonl")
    assert failed.code == 2
    assert (data / "out.jsonl").read_text() == "before\n"
    assert len(records((data / "out.jsonl.part").read_text())) == 2
    assert "in out.jsonl.part" in failed.err
    assert batch(*OUT).code == 0
    assert len(records((data / "out.jsonl").read_text())) == 8
    assert not (data / "out.jsonl.part").exists()


def test_other_formats_are_written_whole(batch: Any, data: Path) -> None:
    assert batch(*ALL, "-o", "out.csv").code == 0
    assert len((data / "out.csv").read_text().splitlines()) == 9


# -- processes ------------------------------------------------------------------------------------------


@posix
def test_a_closed_pipe_ends_it_quietly(data: Path) -> None:
    arguments = " ".join(map(str, command("batch", "'p*.npy'", "--labels", "y.npy", *["-l mse"] * 200)))
    script = f"set -o pipefail; {arguments} | head -1"
    ended = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, env=environment(), cwd=data, timeout=60
    )
    assert (ended.returncode, ended.stderr) == (141, "")
    assert len(records(ended.stdout)) == 1


@posix
@pytest.mark.parametrize("existing", [False, True])
def test_ctrl_c_keeps_what_is_finished(data: Path, existing: bool) -> None:
    if existing:
        (data / "out.jsonl").write_text("before\n")
    run = subprocess.Popen(
        command("batch", "-", "--labels", "y.npy", "-l", "mse", "-o", "out.jsonl"),
        stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(), cwd=data,
    )  # fmt: skip
    assert run.stdin is not None
    run.stdin.write(b"p0.npy\np1.npy\n")
    run.stdin.flush()
    target = data / ("out.jsonl.part" if existing else "out.jsonl")
    until = time.monotonic() + 30
    while not (target.exists() and target.read_text().count("\n") == 2) and time.monotonic() < until:
        time.sleep(0.02)
    run.send_signal(signal.SIGINT)
    _, err = run.communicate(timeout=30)
    assert run.returncode == 130, err.decode()
    assert err.decode().endswith("losscli: interrupted.\n")
    assert [each["dataset"] for each in records(target.read_text())] == ["p0.npy", "p1.npy"]
    if existing:
        assert (data / "out.jsonl").read_text() == "before\n"


def test_results_come_while_the_list_does(data: Path) -> None:
    run = subprocess.Popen(
        command("batch", "-", "--labels", "y.npy", "-l", "mse"),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment(), cwd=data,
    )  # fmt: skip
    assert run.stdin is not None
    assert run.stdout is not None
    run.stdin.write(b"p0.npy\n")
    run.stdin.flush()
    assert json.loads(run.stdout.readline())["dataset"] == "p0.npy"
    run.stdin.close()
    run.stdout.close()
    assert run.wait(30) == 0


COUNTED = """
import collections, sys
counts = collections.Counter()

def count(event, arguments):
    if event == "open" and str(arguments[0]).endswith(".npy"):
        counts["many" if "many" in str(arguments[0]) else "labels"] += 1
    elif event in ("subprocess.Popen", "os.fork", "os.posix_spawn", "os.exec", "os.system"):
        counts["processes"] += 1

sys.addaudithook(count)
from losscli.cli.main import run
code = run(sys.argv[1:])
print(code, counts["many"], counts["labels"], counts["processes"], file=sys.stderr)
"""


def test_many_small_files_are_read_in_one_process_and_once_for_all_losses(data: Path) -> None:
    for i in range(50):
        shutil.copy(data / "p0.npy", data / f"many{i:03d}.npy")

    def opened(*losses: str) -> tuple[int, ...]:
        words = [sys.executable, "-c", COUNTED, "batch", "many*.npy", "--labels", "y.npy", *losses]
        ended = subprocess.run(words, check=True, capture_output=True, text=True, env=environment(), cwd=data)
        assert ended.stdout.count("\n") == 50 * losses.count("-l")
        return tuple(map(int, ended.stderr.split()))

    one, two = opened("-l", "mse"), opened("-l", "mse", "-l", "huber")
    assert one == two
    code, many, labels, processes = two
    assert (code, processes) == (0, 0)
    assert many <= 3 * 50  # its first bytes, its checksum, its rows
    assert labels <= 3 * 50


@posix
def test_a_terminal_gets_a_table_and_no_bar_for_short_work(data: Path) -> None:
    import pty

    main, other = pty.openpty()
    ended = subprocess.run(
        command("batch", "p*.npy", "--labels", "y.npy", "-l", "mse"), stdout=other, stderr=other, cwd=data,
        env=environment(TERM="xterm", COLUMNS="80"), timeout=60,
    )  # fmt: skip
    os.close(other)
    text = os.read(main, 1 << 16).decode()
    os.close(main)
    assert ended.returncode == 0
    assert "data set" in text
    assert "\x1b[?25l" not in text


@posix
@pytest.mark.parametrize("end", ["close", "interrupt"])
def test_long_work_has_a_bar_that_leaves_the_cursor_shown(data: Path, end: str) -> None:
    import pty

    main, other = pty.openpty()
    run = subprocess.Popen(
        command("batch", "-", "--labels", "y.npy", "-l", "mse", "-o", "out.jsonl"),
        stdin=subprocess.PIPE, stderr=other, cwd=data, env=environment(TERM="xterm", COLUMNS="80"),
    )  # fmt: skip
    os.close(other)
    assert run.stdin is not None
    run.stdin.write(b"p0.npy\n")
    run.stdin.flush()
    text = ""
    until = time.monotonic() + 30
    while "\x1b[?25l" not in text and time.monotonic() < until:
        text += os.read(main, 1 << 16).decode()
    if end == "close":
        run.stdin.close()
    else:
        run.send_signal(signal.SIGINT)
    assert run.wait(30) == (0 if end == "close" else 130)
    text = text.rpartition("\x1b[?25l")[2]
    with contextlib.suppress(OSError):  # Linux: the other end is closed
        while more := os.read(main, 1 << 16):  # a terminal gives 4 kB at a time
            text += more.decode()
    os.close(main)
    run.stdin.close()
    assert "\x1b[?25h" in text


# -- shared tables --------------------------------------------------------------------------------------


def test_the_shelf_keeps_what_is_asked_for_again(data: Path) -> None:
    shelf, path = TableCache(), str(data / "y.npy")
    first, second, third = (shelf.open(path, ReadOptions()) for _ in range(3))
    assert first is not second
    assert second.cached is third.cached
    first.close()
    np.save(path, np.zeros(3))
    changed = shelf.open(path, ReadOptions())
    assert changed.rows == 3
    for table in (second, third, changed):
        table.close()
    assert shelf.sha256(path) == shelf.sha256(path)
    assert shelf.sha256(str(data / "gone")) is None
    shelf.close()


def test_the_shelf_makes_room(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("losscli.sources.datasets.table_cache.ROOM", 1000)
    shelf = TableCache()
    for name in ("p0", "p1", "p2"):
        for _ in range(2):
            shelf.open(str(data / f"{name}.npy"), ReadOptions()).close()
    assert len(shelf._tables) == 1
    lease = shelf.open(str(data / "p2.npy"), ReadOptions())
    for _ in range(2):  # a joined frame closes its tables twice
        lease.close()
    assert lease.cached.users == 0
    shelf.close()


def test_what_is_too_large_is_read_anew(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("losscli.sources.datasets.table_cache.SMALL", 150)  # four times that is kept in memory
    (data / "t.csv").write_text("y\n" + "1\n" * 70)
    from losscli.sources.table import Pick

    shelf = TableCache()
    tables = [shelf.open(str(data / "t.csv"), ReadOptions()) for _ in range(2)]
    for size in (10, 1000):
        for _ in range(2):
            blocks = [load().arrays["y"] for load in tables[1].blocks({"y": Pick(("y",))}, size)]
            assert sum(map(len, blocks)) == 70
    for table in tables:
        table.close()
    shelf.close()
