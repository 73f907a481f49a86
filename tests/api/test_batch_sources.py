"""`batch`: where data sets come from, and the file that results go to."""

# ruff: noqa: E501 - a sentence that is tested word for word stands on one line

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from batch_data import ALL, ROWS, SUITE, posix, records

import losscli


def value(loss: str, pred: Path, label: Path, **params: Any) -> float | None:
    return losscli.compute(loss, str(pred), str(label), **params).value


# -- where data sets come from --------------------------------------------------------------------------


def test_a_list_on_standard_input(batch: Any) -> None:
    code, out, _ = batch("-", "--labels", "y.npy", "-l", "mse", stdin=b"p1.npy\r\n\np0.npy")
    assert (code, [each["dataset"] for each in records(out)]) == (0, ["p1.npy", "p0.npy"])


def test_lines_that_begin_with_a_hash_are_comments(batch: Any, data: Path) -> None:
    ran = batch("-", "--labels", "y.npy", "-l", "mse", stdin=b"# models\np0.npy\n  # more\np1.npy\n")
    assert [json.loads(line)["dataset"] for line in ran.out.splitlines()] == ["p0.npy", "p1.npy"]
    (data / "# p.npy").write_bytes((data / "p0.npy").read_bytes())
    ran = batch("-", "--labels", "y.npy", "-l", "mse", stdin=b"# p.npy\n")
    assert json.loads(ran.out)["dataset"] == "# p.npy"


def test_an_error_names_its_line_once(batch: Any) -> None:
    ran = batch("-", "--labels", "y.npy", "-l", "mse", "--keep-going", stdin=b'p0.npy\n{"pred": \n')
    assert ran.err.count("Standard input, line 2") == 1


def test_a_list_may_hold_globs_and_a_byte_order_mark(batch: Any, data: Path) -> None:
    content = b"\xef\xbb\xbfp[01].npy\r\np3.npy\r\n"
    code, out, _ = batch("-", "--labels", "y.npy", "-l", "mse", stdin=content)
    assert (code, [each["dataset"] for each in records(out)]) == (0, ["p0.npy", "p1.npy", "p3.npy"])
    code, out, _ = batch(
        "--files0-from", "-", "--labels", "y.npy", "-l", "mse", "--keep-going", stdin=b"p[01].npy\0p3.npy"
    )
    assert (code, [each["dataset"] for each in records(out)]) == (4, ["p[01].npy", "p3.npy"])
    code, out, err = batch("-", "--labels", "y.npy", "-l", "mse", stdin="p0.npy\n".encode("utf-16"))
    assert (code, out, err) == (2, "", "losscli: Standard input, line 1 is UTF-16. Save the list as UTF-8.\n")


def test_every_line_of_a_list_is_a_record(batch: Any) -> None:
    lines = [
        b"p0.npy",
        b"q*.npy",
        b"gone.npy",
        b'{"pred": "p1.npy", "loss": "mse"}',
        b"{",
        b"nul\0.npy",
        b"x" * (1 << 21),
        b"p2.npy",
    ]
    for losses, ok in (((), 1), (("-l", "mse"), 3)):
        code, out, _ = batch("-", "--labels", "y.npy", *losses, "--keep-going", stdin=b"\n".join(lines))
        found = records(out)
        assert (code, len(found)) == (4, len(lines))
        assert [each["status"] for each in found].count("ok") == ok
        assert found[3]["status"] == "ok"
    assert found[1]["error"] == "No file matches q*.npy."
    assert "holds a NUL byte" in found[5]["error"]
    assert found[6]["dataset"] == "Standard input, line 7"
    code, out, _ = batch("-", "--labels", "y.npy", stdin=b"p0.npy\np1.npy\n")
    assert (code, len(records(out))) == (2, 1)


def test_lists_and_suites_are_inputs(batch: Any, data: Path) -> None:
    (data / "s.toml").write_text(SUITE.format(mse=100))
    (data / "list").write_text("p0.npy\0")
    for target, words in (
        ("s.toml", ("s.toml",)),
        ("list", ("--files0-from", "list", "--labels", "y.npy", "-l", "mse")),
    ):
        os.link(data / target, data / "hard.jsonl")
        for name in (target, "hard.jsonl", f"../{data.name}/{target}"):
            for option in (("-o", name), ("--report", f"json={name}")):
                code, _, err = batch(*words, *option)
                assert (code, "is an input; it is not overwritten" in err) == (2, True)
        os.unlink(data / "hard.jsonl")
    assert (data / "s.toml").read_text() == SUITE.format(mse=100)
    assert (data / "list").read_text() == "p0.npy\0"


def test_notes_name_the_data_set(batch: Any, data: Path) -> None:
    for i in range(2):
        np.save(data / f"p{i}.npy", np.zeros(ROWS))
    np.save(data / "b.npy", np.arange(ROWS) % 2)
    code, _, err = batch("p0.npy", "p1.npy", "--labels", "b.npy", "-l", "bce:input=probs")
    lines = [line for line in err.splitlines() if "cost inf" in line]
    assert (code, len(lines)) == (0, 2)
    assert [line.startswith(f"losscli: note: p{i}.npy: ") for i, line in enumerate(lines)] == [True, True]


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


OUT = (*ALL, "-o", "out.jsonl")

# -- the file of -o -------------------------------------------------------------------------------------


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
