"""Which inputs belong to which results: what a gate compares of several data sets, of shards, of one file's columns."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pandas
import pytest

from losscli.core.arrays.ragged import Ragged, row_offsets
from losscli.report.schemas import text as schema_text
from losscli.sources.columns.column_content import ContentDigest
from losscli.sources.table import Block

N = 60
RNG = np.random.default_rng(4)
LABEL = RNG.normal(size=N)
PRED = LABEL + RNG.normal(size=N)
CLOSE = PRED + 0.001


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(path: str, pred: Any, label: Any, **more: Any) -> str:
    Path(path).parent.mkdir(exist_ok=True)
    pandas.DataFrame({"pred": pred, "label": label, **more}).to_csv(path, index=False)
    return path


def messages(out: str) -> list[tuple[str | None, bool | None, str]]:
    document = json.loads(out)
    jsonschema.Draft202012Validator(json.loads(schema_text("report"))).validate(document)
    return [
        (each["dataset"], check["passed"], check["message"]) for each in document["results"] for check in each["checks"]
    ]


@pytest.mark.parametrize("changed", [None, 0, 1])
def test_labels_of_one_data_set_are_those_of_its_own(cli: Any, folder: Path, changed: int | None) -> None:
    for where, pred in (("main", PRED), ("change", CLOSE)):
        labels = [LABEL, LABEL + 0.5]
        if where == "change" and changed is not None:
            labels[changed] = labels[changed] + 1e-9
        for name, label in zip("ab", labels, strict=True):
            written(f"{where}/{name}.csv", pred, label)
        words = [
            "-l",
            "mse",
            "-l",
            "huber",
            "--pred",
            "pred",
            "--label",
            "label",
            "--json",
            "-o",
            f"{where}/report.json",
        ]
        ran = cli("batch", f"{where}/a.csv", f"{where}/b.csv", *words)
        assert ran.code == 0, ran.err
        document = json.loads(Path(where, "report.json").read_text())
        assert [each["inputs"] for each in document["results"]] == [[0, 1], [0, 1], [2, 3], [2, 3]]
        for each in document["results"]:  # a folder's name is part of a data set's
            each["dataset"] = Path(each["dataset"]).name
        Path(where, "report.json").write_text(json.dumps(document))
    ran = cli("gate", "change/report.json", "--baseline", "main/report.json", "--margin", "50%", "--json")
    assert ran.code == (0 if changed is None else 1)
    for dataset, passed, message in messages(ran.out):
        differs = changed is not None and dataset == f"{'ab'[changed]}.csv"
        assert passed is not differs
        assert ("the columns' contents differ" in message) == differs


def test_predictions_and_labels_in_one_file(cli: Any, folder: Path) -> None:
    """Every model has another file, and the labels in it are the same; another column of the file is not."""
    reports = {}
    for name, pred, label, column in (
        ("base", PRED, LABEL, "label"), ("same", CLOSE, LABEL, "label"), ("labels", CLOSE, LABEL + 1e-9, "label"),
        ("column", CLOSE, LABEL, "other"), ("more", PRED, LABEL, "label"),
    ):  # fmt: skip
        more = {"other": LABEL + 1.0} | ({"index": np.arange(N)} if name == "more" else {})
        path = written(f"{name}.csv", pred, label, **more)
        ran = cli("compute", "mse", path, "--pred", "pred", "--label", column, "--json", "-o", f"{name}.json")
        assert ran.code == 0, ran.err
        reports[name] = json.loads(Path(f"{name}.json").read_text())
    contents = {name: [each["content"] for each in document["inputs"]] for name, document in reports.items()}
    assert contents["base"][1] == contents["same"][1] == contents["more"][1]
    assert contents["base"][0] != contents["same"][0]
    for name, passed in (("same", True), ("labels", False), ("column", False)):
        ran = cli("gate", f"{name}.json", "--baseline", "base.json", "--margin", "90%", "--json")
        ((_, result, message),) = messages(ran.out)
        assert result is passed, message
    ran = cli("gate", "more.json", "--baseline", "base.json", "--json")
    ((_, passed, message),) = messages(ran.out)
    assert message.startswith("not worse: the predictions and everything else are the baseline's")


def test_labels_of_a_file_of_their_own_are_that_files_column(cli: Any, folder: Path) -> None:
    np.save("p.npy", PRED)
    written("labels.csv", PRED, LABEL)
    for name, column in (("base", "label"), ("other", "pred")):
        words = ["p.npy", "labels.csv", "--label", column, "--json", "-o", f"{name}.json"]
        assert cli("compute", "mse", *words).code == 0
    ran = cli("gate", "other.json", "--baseline", "base.json")
    assert ran.code == 1
    assert "the labels are other columns than the baseline's: pred, not label" in ran.out


@pytest.mark.parametrize("size", [7, 64, 1000])
@pytest.mark.parametrize("kind", ["float", "int", "columns", "bool"])
def test_a_digest_does_not_depend_on_blocks_and_finds_every_change(size: int, kind: str) -> None:
    rng = np.random.default_rng(5)
    whole = {
        "float": rng.normal(size=500), "int": rng.integers(0, 9, 500), "columns": rng.normal(size=(500, 3)),
        "bool": rng.random(500) < 0.5,
    }[kind]  # fmt: skip

    def digest(values: Any, *, placed: bool = True, backwards: bool = False) -> str:
        made = ContentDigest(["label"], placed=placed)
        starts = range(0, len(values), size)
        for start in reversed(starts) if backwards else starts:
            made(start, Block({"label": values[start : start + size]}))
        return made.by_role()["label"]

    assert digest(whole) == digest(whole, backwards=True)
    once = ContentDigest(["label"], placed=True)
    once(0, Block({"label": whole}))
    assert once.by_role()["label"] == digest(whole)
    changed = np.array(whole)
    changed[321] = ~changed[321] if kind == "bool" else changed[321] + 1
    swapped = np.roll(whole, 1, axis=0)
    assert len({digest(whole), digest(changed), digest(swapped)}) == 3
    assert digest(whole, placed=False) == digest(swapped, placed=False) != digest(changed, placed=False)
    if kind == "int":
        assert digest(whole) == digest(whole.astype(np.float64))


@pytest.mark.parametrize("width", [(), (5,), (2, 3)])
def test_a_digest_of_lists_finds_every_change(width: tuple[int, ...]) -> None:
    rng = np.random.default_rng(6)
    offsets = row_offsets(rng.integers(0, 5, 60))
    values = rng.normal(size=(offsets[-1], *width))

    def digest(entries: Any, size: int = 60, missing: Any = None) -> str:
        made, rows = ContentDigest(["pred"], placed=True), Ragged(entries, offsets)
        for start in range(0, 60, size):
            made(start, Block({"pred": rows[start : start + size]}, {} if missing is None else {"pred": missing}))
        return made.by_role()["pred"]

    assert digest(values) == digest(values, size=7) == digest(values.copy())
    changed = values.copy()
    changed.flat[17] += 1e-9
    cell, row = np.zeros(values.shape, dtype=bool), np.zeros(60, dtype=bool)
    cell.flat[17], row[3] = True, True
    several = [values, changed, values[::-1].copy(), np.roll(values, 1, axis=-1)]
    digests = {*map(digest, several), digest(values, missing=cell), digest(values, missing=row)}
    assert len(digests) == 6


def test_a_report_of_lists_of_lists_says_what_its_columns_hold(cli: Any, folder: Path) -> None:
    rows = [{"z": [[0.5, 1.0], [2.0, -1.0]], "y": [0, 1]}, {"z": [[0.25, 0.0]], "y": [1]}]
    Path("rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    ran = cli("compute", "ce", "rows.jsonl", "--pred", "z", "--label", "y", "--json")
    assert ran.code == 0, ran.err
    assert len({each["content"] for each in json.loads(ran.out)["inputs"]}) == 2


def test_shards_have_the_inputs_of_all(cli: Any, folder: Path) -> None:
    for where, pred in (("main", PRED), ("change", CLOSE), ("other", CLOSE)):
        Path(where).mkdir()
        for k, part in enumerate((slice(0, 20), slice(20, N))):
            np.save(f"{where}/p{k}.npy", pred[part])
            np.save(f"{where}/y{k}.npy", LABEL[part] + (1e-9 if where == "other" and k else 0))
            words = [f"{where}/p{k}.npy", f"{where}/y{k}.npy", "--partial", "-o", f"{where}/{k}.json"]
            assert cli("compute", "mse", *words).code == 0
        shards = [f"{where}/{k}.json" for k in ((0, 1) if where == "main" else (1, 0))]
        assert cli("merge", *shards, "--json", "-o", f"{where}/report.json").code == 0
    document = json.loads(Path("main/report.json").read_text())
    assert document["results"][0]["inputs"] == [0, 1, 2, 3]
    assert cli("gate", "change/report.json", "--baseline", "main/report.json", "--margin", "90%").code == 0
    ran = cli("gate", "other/report.json", "--baseline", "main/report.json", "--margin", "90%")
    assert (ran.code, "the labels are others than the baseline's" in ran.out) == (1, True)


def test_a_recipe_that_was_lost_fails(cli: Any, folder: Path) -> None:
    """Two gammas before, one now: also where the other is as it was; and a recipe that changed is told once."""
    label, pred = (LABEL > 0).astype(int), PRED
    written("p.csv", pred, label)
    for name, losses in (
        ("base", ("focal:gamma=2", "focal:gamma=3")),
        ("one", ("focal:gamma=2",)),
        ("other", ("focal:gamma=2", "focal:gamma=4")),
    ):
        words = [word for loss in losses for word in ("-l", loss)]
        assert cli("batch", "p.csv", *words, "--input", "logits", "--json", "-o", f"{name}.json").code == 0
    ran = cli("gate", "one.json", "--baseline", "base.json", "--json")
    assert ran.code == 1
    said = messages(ran.out)
    assert [passed for _, passed, _ in said] == [True, False]
    assert "gamma 3" in said[1][2]
    assert "the report has not" in said[1][2]
    said = messages(cli("gate", "other.json", "--baseline", "base.json", "--json").out)
    assert [passed for _, passed, _ in said] == [True, False]
    assert "gamma was 3.0, is 4.0" in said[1][2]
    assert cli("gate", "base.json", "--baseline", "one.json").code == 1  # a recipe that the baseline has not


def test_two_limits_of_one_loss_both_hold(cli: Any, folder: Path) -> None:
    written("p.csv", PRED, LABEL)
    assert cli("compute", "mse", "p.csv", "--json", "-o", "r.json").code == 0
    value = json.loads(Path("r.json").read_text())["results"][0]["value"]
    low, high = f"mse={0.9 * value!r}", f"mean_squared_error={1.1 * value!r}"
    for limits, code in (((low, high), 1), ((high, low), 1), ((high, high), 0)):
        ran = cli("gate", "r.json", *(word for limit in limits for word in ("--max", limit)), "--json")
        assert ran.code == code
        assert len(messages(ran.out)) == 2


def test_verify_takes_each_result_with_its_own_inputs(cli: Any, folder: Path) -> None:
    """A batch of two data sets with labels of their own; then one of the labels changes."""
    for k, shift in enumerate((0.0, 1.0)):
        written(f"{k}.csv", PRED, LABEL + shift)
    words = ["-l", "mse", "-l", "huber:delta=2", "--pred", "pred", "--label", "label", "--where", "label>-1"]
    assert cli("batch", "0.csv", "1.csv", *words, "--json", "-o", "r.json").code == 0
    ran = cli("verify", "r.json")
    assert (ran.code, ran.out.count("ok "), ran.out.count("DIFFERS")) == (0, 8, 0)
    written("1.csv", PRED, LABEL + 1.1)
    ran = cli("verify", "r.json")
    assert ran.code == 1
    differing = [line.split(":")[0] for line in ran.out.splitlines() if line.startswith("DIFFERS")]
    assert differing == ["DIFFERS  labels 1.csv", "DIFFERS  1.csv mse", "DIFFERS  1.csv huber"]
    assert "predictions 1.csv: its columns are unchanged, in a file that is another now" in ran.out


def test_verify_adds_up_shards_again(cli: Any, folder: Path) -> None:
    for k, part in enumerate((slice(0, 20), slice(20, N))):
        np.save(f"p{k}.npy", PRED[part])
        np.save(f"y{k}.npy", LABEL[part])
        assert cli("compute", "rmse", f"p{k}.npy", f"y{k}.npy", "--partial", "-o", f"{k}.json").code == 0
    assert cli("merge", "0.json", "1.json", "--json", "-o", "r.json").code == 0
    ran = cli("verify", "r.json")
    assert (ran.code, ran.out.count("ok ")) == (0, 5), ran.out
    np.save("y1.npy", LABEL[20:] + 1e-6)
    ran = cli("verify", "r.json")
    assert (ran.code, ran.out.count("DIFFERS")) == (1, 2)


def test_verify_of_columns_in_a_file_that_is_another_now(cli: Any, folder: Path) -> None:
    written("p.csv", PRED, LABEL)
    assert cli("compute", "mse", "p.csv", "--pred", "pred", "--label", "label", "--json", "-o", "r.json").code == 0
    written("p.csv", PRED, LABEL, more=np.arange(N))
    ran = cli("verify", "r.json")
    assert (ran.code, ran.out.count("its columns are unchanged")) == (0, 2), ran.out


def test_verify_with_a_mask(cli: Any, folder: Path) -> None:
    for name, array in (("p", PRED), ("y", LABEL), ("m", (LABEL > 0).astype(np.uint8))):
        np.save(f"{name}.npy", array.reshape(20, 3))
    assert cli("compute", "mse", "p.npy", "y.npy", "--mask", "m.npy", "--json", "-o", "r.json").code == 0
    assert cli("verify", "r.json").code == 0
