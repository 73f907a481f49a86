"""Rows side by side: which files and columns are meant, how they are paired, and what is said when they are not."""

from __future__ import annotations

import io
import os
import re
from contextlib import closing
from functools import partialmethod
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

import losscli
from losscli.core import registry
from losscli.core.errors import DataProblem, LossCliError, UsageProblem
from losscli.report.model import Result
from losscli.sources.arrays import ArrayTable
from losscli.sources.assembly import Assembly, assemble
from losscli.sources.columns import choice as columns
from losscli.sources.columns.choice import InputRequest
from losscli.sources.file_spec import Spec, match, parse
from losscli.sources.formats.csv.csv_file import CsvTable
from losscli.sources.formats.npy.npy_file import NpyStream, NpyTable
from losscli.sources.frame import Frame, flat_sequences
from losscli.sources.table import Pick, Table

PAIRED = "Rows are paired by position, so both must be equally long"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def save(name: str, array: Any) -> str:
    np.save(name, np.asarray(array))
    return name


def csv(name: str, columns: dict[str, Any]) -> str:
    lines = [",".join(columns), *(",".join(map(str, row)) for row in zip(*columns.values(), strict=True))]
    Path(name).write_text("\n".join(lines) + "\n")
    return name


def chosen(loss: str = "mse", pred: Any = "x.csv", label: Any = None, **settings: Any) -> Assembly:
    """What is chosen; the files are closed again."""
    given = {"pred": pred, "label": label, "weight": settings.pop("weights", None)}
    columns = {role: (names,) for role, names in settings.pop("columns", {}).items()}
    found = assemble(registry.find(loss), InputRequest(given, columns, **settings), {}, registry.find(loss).pred[0])
    found.close()
    return found


def picked(assembly: Assembly) -> dict[str, tuple[str, ...]]:
    return {role: pick.columns for role, (_, pick) in assembly.frame.roles.items()}


# -- pairing ------------------------------------------------------------------------------------------------


def table(kind: str, rows: int, name: str) -> Table:
    values = np.arange(float(rows))
    if kind == "npy":
        return NpyTable(save(f"{name}.npy", values), f"{name}.npy")
    if kind == "csv":
        return CsvTable(csv(f"{name}.csv", {"v": values}))
    held = io.BytesIO()
    np.save(held, values)
    if kind == "stream":
        return NpyStream(io.BytesIO(held.getvalue()), name)
    text = csv("piped.csv", {"v": values})
    return CsvTable(io.BytesIO(Path(text).read_bytes()), name=name)


def pairs(a: Table, b: Table) -> None:
    """Read all blocks of 10 rows."""
    for _, load in Frame({"pred": (a, Pick(a.columns)), "label": (b, Pick(b.columns))}).blocks(10):
        load()


KINDS = ("npy", "csv", "stream", "pipe")


@pytest.mark.parametrize("one", KINDS)
@pytest.mark.parametrize("two", KINDS)
@pytest.mark.parametrize(("short", "long"), [(5, 7), (5, 25), (10, 11), (10, 40), (20, 21)])
def test_unequal_lengths_are_an_error(one: str, two: str, short: int, long: int) -> None:
    """In blocks of 10 rows: the end may come in the first block, at its end, or in a later one."""
    for first, second in ((short, long), (long, short)):
        a, b = table(one, first, "a"), table(two, second, "b")
        with closing(a), closing(b), pytest.raises(DataProblem) as caught:
            pairs(a, b)
        said = str(caught.value)
        assert PAIRED in said
        counts = {int(count) for count in re.findall(r"has (\d+)", said)}
        assert short in counts
        assert counts <= {short, long}  # what was read so far is no count of rows


def test_equal_lengths_are_paired_whatever_is_known() -> None:
    for one in KINDS:
        for two in KINDS:
            for rows in (9, 10, 20, 21):
                with closing(table(one, rows, "a")) as a, closing(table(two, rows, "b")) as b:
                    starts = list(range(0, rows, 10))
                    for start, load in Frame({"pred": (a, Pick(a.columns)), "label": (b, Pick(b.columns))}).blocks(10):
                        arrays = load().arrays
                        np.testing.assert_array_equal(arrays["pred"], np.arange(start, min(start + 10, rows)))
                        np.testing.assert_array_equal(arrays["pred"], arrays["label"])
                        starts.remove(start)
                    assert not starts


def test_a_third_role_is_paired_too() -> None:
    arrays = [1.0, 2.0, 3.0], [1.0, 2.0, 3.0]
    with pytest.raises(DataProblem, match="predictions has 3 rows and weights has 2"):
        losscli.compute("mse", *arrays, weights=[1.0, 1.0])
    with pytest.raises(DataProblem, match=r"w\.csv column w has 2 rows"):
        losscli.compute("mse", *arrays, weights=csv("w.csv", {"w": [1, 1]}))


def test_one_column_is_squeezed_and_nothing_else() -> None:
    pred, label, weight = np.arange(4.0), np.array([1.0, 1, 1, 5]), np.array([1.0, 2, 3, 4])
    expected = losscli.compute("mse", pred, label, weights=weight)
    for p in (pred, pred[:, None]):
        for y in (label, label[:, None]):
            for w in (weight, weight[:, None]):
                found = losscli.compute("mse", p, y, weights=w)
                assert (found.value, found.stderr, found.n) == (expected.value, expected.stderr, 4)
                files = save("p.npy", p), save("y.npy", y)
                assert losscli.compute("mse", *files, weights=save("w.npy", w)).value == expected.value
    wide = np.zeros((4, 2))
    for p, y in ((wide, label), (label, wide), (wide, label[:, None]), (np.zeros((4, 2, 2)), wide), (wide.T, wide)):
        with pytest.raises(DataProblem):
            losscli.compute("mse", p, y)
        with pytest.raises(DataProblem):
            losscli.compute("mse", save("p.npy", p), save("y.npy", y))
    with pytest.raises(DataProblem, match=r"Labels of shape \(4,\) do not fit predictions of shape \(4, 2\)"):
        losscli.compute("mse", wide, label)
    with pytest.raises(DataProblem, match="single number"):
        losscli.compute("mse", np.float64(3), label)
    assert losscli.compute("center", np.ones((4, 1)), [0, 0, 1, 1]).value == 0  # embeddings of one number stay so


# -- files and columns --------------------------------------------------------------------------------------


def test_specs() -> None:
    assert parse("a.csv") == Spec("a.csv")
    assert parse("a.csv::p, q ,r*") == Spec("a.csv", ("p", "q", "r*"))
    assert parse("::y") == Spec("", ("y",))
    assert parse("-") == Spec("-")
    assert parse("-::p") == Spec("-", ("p",))
    for text in ("a.csv::", "::", "a.csv:: , "):
        with pytest.raises(UsageProblem, match="names no columns"):
            parse(text)
    assert str(parse("a::b,c")) == "a::b,c"


def test_globs_keep_the_order_of_the_file() -> None:
    columns = ("id", "p_b", "p_a", "p_c", "q*", "y")
    assert match(("p_*",), columns, "x") == ("p_b", "p_a", "p_c")
    assert match(("y", "p_?"), columns, "x") == ("y", "p_b", "p_a", "p_c")
    assert match(("p_a", "p_*"), columns, "x") == ("p_a", "p_b", "p_c")
    assert match(("p_[ac]",), columns, "x") == ("p_a", "p_c")
    assert match(("q*",), columns, "x") == ("q*",)  # a column may be named like a glob
    with pytest.raises(UsageProblem, match=r"x has no column z_\*"):
        match(("z_*",), columns, "x")


def test_columns_of_one_file_by_every_road() -> None:
    csv("x.csv", {"id": [1, 2], "a": [1.0, 2.0], "b": [2.0, 4.0], "w": [1, 3]})
    expected = losscli.compute("mse", [1.0, 2.0], [2.0, 4.0], weights=[1, 3]).value
    roads: list[Result] = [
        losscli.compute("mse", "x.csv::a", "x.csv::b", weights="x.csv::w"),
        losscli.compute("mse", "x.csv::a", "::b", weights="::w"),
        losscli.compute("mse", "x.csv", pred="a", label="b", weight="w"),
        losscli.compute("mse", "x.csv", "x.csv", pred="a", label="b", weight="w"),
        losscli.compute("mse", "./x.csv::a", os.path.abspath("x.csv") + "::b", weight="w"),
        losscli.compute("mse", "x.csv::a", [2.0, 4.0], weight="w"),
        losscli.compute("mse", Path("x.csv"), "::b", pred="a", weights=np.array([1, 3])),
    ]
    assert [found.value for found in roads] == [expected] * len(roads)


def test_wrong_columns_get_the_nearest_name() -> None:
    csv("x.csv", {"logit_score": [1.0], "target": [1.0], "extra": [2.0]})
    with pytest.raises(UsageProblem, match=r"x\.csv has no column logit_scor\..*logit_score"):
        losscli.compute("mse", "x.csv::logit_scor", "::target")
    with pytest.raises(UsageProblem, match=r"has no column tarfet.*target"):
        losscli.compute("mse", "x.csv", pred="logit_score", label="tarfet")
    with pytest.raises(UsageProblem, match=r"has no column wieght.*It has: logit_score, target, extra"):
        losscli.compute("mse", "x.csv", pred="logit_score", label="target", weight="wieght")
    with pytest.raises(UsageProblem, match=r"Which column of x\.csv holds the predictions\? .*pred=.logit_score"):
        losscli.compute("mse", "x.csv", label="target")
    with pytest.raises(UsageProblem, match="named twice"):
        losscli.compute("mse", "x.csv::extra", "::target", pred="logit_score")
    with pytest.raises(UsageProblem, match="without column names"):
        losscli.compute("mse", save("p.npy", [1.0]), [1.0], pred="p")
    with pytest.raises(UsageProblem, match="but there is none"):
        losscli.compute("mse", [1.0], "::y")
    with pytest.raises(UsageProblem, match=r"There is no file y\.csv.*x\.csv"):
        losscli.compute("mse", "x.csv::extra", "y.csv")
    with pytest.raises(UsageProblem, match="needs labels"):
        losscli.compute("mse", save("p.npy", [1.0]))
    with pytest.raises(LossCliError):
        losscli.compute("mse", "a\0b", [1.0])


def test_recognised_names_are_noted() -> None:
    csv("x.csv", {"id": [1, 2], "Y_Pred": [1.0, 2.0], "target": [2.0, 4.0]})
    found = chosen()
    assert picked(found) == {"pred": ("Y_Pred",), "label": ("target",)}
    assert found.notes == ["predictions: column Y_Pred of x.csv.", "labels: column target of x.csv."]
    csv("two.csv", {"pred": [1.0], "score": [2.0], "y": [1.0]})
    with pytest.raises(UsageProblem, match="Which column"):
        chosen(pred="two.csv")
    assert chosen(pred="two.csv::score").notes == ["labels: column y of two.csv."]
    csv("one.csv", {"anything": [1.0]})
    csv("labels.csv", {"id": [1], "label": [1.0]})
    found = chosen(pred="one.csv", label="labels.csv")
    assert picked(found) == {"pred": ("anything",), "label": ("label",)}
    np.savez("x.npz", preds=np.ones(2), label=np.ones(2))
    assert picked(chosen(pred="x.npz::preds")) == {"pred": ("preds",), "label": ("label",)}


def test_a_weight_column_in_either_file() -> None:
    csv("p.csv", {"pred": [1.0, 2.0], "a": [1, 3]})
    csv("y.csv", {"y": [2.0, 4.0], "b": [1, 3]})
    expected = losscli.compute("mse", [1.0, 2.0], [2.0, 4.0], weights=[1, 3]).value
    for weight in ("a", "b"):
        assert losscli.compute("mse", "p.csv", "y.csv", weight=weight).value == expected
    csv("w.csv", {"w": [1, 3], "v": [9, 9]})
    assert losscli.compute("mse", "p.csv", "y.csv", weights="w.csv", weight="w").value == expected
    assert losscli.compute("mse", "p.csv", "y.csv", weights="w.csv::w").value == expected


def test_one_file_is_opened_once(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    real = columns.InputRequest.opens

    def counting(path: str, *rest: Any) -> Table:
        opened.append(path)
        return real(path, *rest)

    monkeypatch.setattr(columns.InputRequest, "__init__", partialmethod(columns.InputRequest.__init__, opens=counting))
    parquet.write_table(pa.table({"p": [1.0, 2.0], "q": [2.0, 4.0], "w": [1.0, 3.0]}), "x.parquet")
    found = losscli.compute("mse", "x.parquet::p", "./x.parquet::q", weights=f"{os.getcwd()}/x.parquet::w")
    assert found.value == pytest.approx(3.25)
    assert opened == ["x.parquet"]


def test_standard_input_serves_several_roles(monkeypatch: pytest.MonkeyPatch) -> None:
    def piped(data: bytes) -> None:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(data))))  # type: ignore[arg-type]

    text = Path(csv("x.csv", {"p": [1.0, 2.0], "q": [2.0, 4.0], "w": [1, 3]})).read_bytes()
    piped(text)
    assert losscli.compute("mse", "-::p", "-::q", weight="w").value == pytest.approx(3.25)
    piped(text)
    assert losscli.compute("mse", "-", pred="p", label="q", weights="::w").value == pytest.approx(3.25)
    data = Path(save("p.npy", [1.0, 2.0])).read_bytes()
    piped(data)
    assert losscli.compute("mse", "-", [2.0, 4.0]).value == 2.5
    piped(data)
    with pytest.raises(UsageProblem, match="cannot be both pred and label"):
        losscli.compute("mse", "-", "-")
    piped(b"")
    with pytest.raises(DataProblem, match="Standard input is empty"):
        losscli.compute("mse", "-", "p.npy")


# -- classes by name ----------------------------------------------------------------------------------------

PROBS = {"p_dog": [0.7, 0.2, 0.1], "p_ant": [0.2, 0.5, 0.3], "p_cat": [0.1, 0.3, 0.6]}
NAMES = ["dog", "cat", "cat"]
EXPECTED = -np.log([0.7, 0.3, 0.6])


def rows(*args: Any, **options: Any) -> Any:
    return losscli.compute("ce", *args, input="probs", reduction="none", **options).rows


def text_labels(kind: str) -> str:
    if kind == "csv":
        return csv("y.csv", {"y": NAMES})
    if kind == "parquet":
        parquet.write_table(pa.table({"y": NAMES}), "y.parquet")
        return "y.parquet"
    if kind == "dictionary":
        parquet.write_table(pa.table({"y": pa.array(NAMES).dictionary_encode()}), "y.parquet")
        return "y.parquet"
    if kind == "big-endian":
        return save("y.npy", np.array(NAMES, dtype=">U7"))
    return save("y.npy", np.array(NAMES, dtype="S" if kind == "bytes" else "U"))


@pytest.mark.parametrize("kind", ["csv", "parquet", "dictionary", "npy", "bytes", "big-endian"])
def test_text_labels_are_matched_by_name(kind: str) -> None:
    csv("p.csv", PROBS)
    labels = text_labels(kind)
    np.testing.assert_allclose(rows("p.csv::p_*", labels), EXPECTED)  # the glob's stars name the classes
    for classes in (["dog", "ant", "cat"], ["ant", "cat", "dog"]):
        np.testing.assert_allclose(rows("p.csv::p_*", labels, classes=classes), EXPECTED)
    matrix = np.stack(list(PROBS.values()), axis=1)
    np.testing.assert_allclose(rows(matrix, labels, classes=["dog", "ant", "cat"]), EXPECTED)
    with pytest.raises(UsageProblem, match="classes="):
        rows(matrix, labels)
    with pytest.raises(DataProblem) as caught:
        rows("p.csv", labels, pred="p_dog,p_ant", classes=["dog", "ant"])
    said = str(caught.value)
    assert "'cat'" in said
    assert "row 1 (from 0)" in said
    assert "dog, ant" in said


def test_columns_named_as_the_classes_stand_in_their_order() -> None:
    csv("p.csv", {name.removeprefix("p_"): column for name, column in PROBS.items()})
    labels = text_labels("csv")
    np.testing.assert_allclose(rows("p.csv", labels, pred="dog,ant,cat", classes=["cat", "dog", "ant"]), EXPECTED)
    np.testing.assert_allclose(rows("p.csv", labels, pred="cat,dog,ant"), EXPECTED)
    found = chosen("ce", "p.csv::*", labels, classes=("cat", "dog", "ant"))
    assert picked(found)["pred"] == ("cat", "dog", "ant")
    np.testing.assert_allclose(rows("p.csv::*", [1, 0, 0], classes=["cat", "dog", "ant"]), EXPECTED)
    with pytest.raises(UsageProblem, match="classes names cat twice"):
        rows("p.csv", labels, pred="dog,ant,cat", classes=["cat", "dog", "cat"])


def test_unknown_labels_name_their_row_across_blocks() -> None:
    names = np.where(np.arange(100_000) % 2, "cat", "dog")
    names[[70_007, 99_999]] = "cow"
    with pytest.raises(DataProblem, match=r"y\.npy has the label 'cow' in row 70007 \(from 0\)"):
        losscli.compute("ce", np.zeros((100_000, 2)), save("y.npy", names), classes=["cat", "dog"], threads=3)
    with pytest.raises(DataProblem, match=r"'cow' in row 1 "):
        losscli.compute("hinge", np.zeros((2, 2)), np.array([["cat", "dog"], ["dog", "cow"]]), classes=["cat", "dog"])


def test_labels_that_are_not_text_at_all() -> None:
    damaged = np.array([97, 0x110000, 98], dtype=np.uint32).view("U1")
    with pytest.raises(DataProblem, match=r"y\.npy has a label in row 1 \(from 0\) that is not text"):
        losscli.compute("ce", np.zeros((3, 2)), save("y.npy", damaged), classes=["a", "b"], input="logits")
    latin = np.array([b"a", "é".encode("latin-1")])
    with pytest.raises(DataProblem, match="row 1 "):
        losscli.compute("ce", np.zeros((2, 2)), save("y.npy", latin), classes=["a", "é"], input="logits")
    utf8 = np.array([b"a", "é".encode()])
    value = losscli.compute("ce", np.zeros((2, 2)), save("y.npy", utf8), classes=["a", "é"], input="logits").value
    assert value == pytest.approx(np.log(2))
    with pytest.raises(LossCliError):
        losscli.compute("mse", save("p.npy", ["a", "b"]), [1.0, 2.0])


# -- sequences ----------------------------------------------------------------------------------------------


def test_concatenated_labels_need_lengths_that_fit() -> None:
    labels = ArrayTable(np.array([1, 2, 3]), "labels"), Pick()
    for sizes in ([1, 2], [[1], [2]], [1.0, 2.0], [3, 0]):
        ragged = flat_sequences(labels, (ArrayTable(np.array(sizes), "lengths"), Pick()))[0]
        assert isinstance(ragged, ArrayTable)
        assert len(ragged.array) == 2
    for sizes in ([1, 3], [-1, 4], [1.5, 1.5], [np.nan, 3.0], [np.inf, 0.0], [[1, 2]], [2**62, 3]):
        with pytest.raises(DataProblem, match=r"lengths"):
            flat_sequences(labels, (ArrayTable(np.array(sizes), "lengths"), Pick()))
