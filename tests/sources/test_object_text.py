"""Numbers and lists that a program printed: read where they mean one thing, in every format and in memory."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import feather, parquet

import losscli
from losscli.core.errors import DataProblem, LossCliError
from losscli.sources.formats.object_text import scalar, vector

VECTORS = [[0.1, 0.9], [0.75, 0.25], [0.5, 0.5], [1e-05, 0.99999]]
LABELS = [1, 0, 1, 1]
FORMATS = ("csv", "tsv", "parquet", "arrow", "jsonl")
LISTS: dict[str, Callable[[list[float]], str]] = {
    "numpy": lambda v: str(np.array(v)),
    "list": str,
    "no blanks": lambda v: str(v).replace(" ", ""),
    "tuple": lambda v: str(tuple(v)),
    "tensor": lambda v: f"tensor({v})",
    "cuda": lambda v: f"tensor({v}, device='cuda:0', grad_fn=<SoftmaxBackward0>)",
    "array": lambda v: f"array({v}, dtype=float32)",
    "jax": lambda v: f"Array({v}, dtype=float32)",
    "tf": lambda v: f"tf.Tensor({np.array(v)}, shape=(2,), dtype=float32)",
    "eager": lambda v: f"<tf.Tensor: shape=(2,), dtype=float32, numpy=array({v}, dtype=float32)>",
    "numbers": lambda v: str([np.float64(each) for each in v]),
    "one row": lambda v: f"[{v}]",
    "spark": lambda v: f"DenseVector({v})",
    "lines": lambda v: f"[{v[0]}\n {v[1]}]",
}
SCALARS: dict[str, Callable[[float], str]] = {
    "tensor": lambda v: f"tensor({v})",
    "cuda": lambda v: f"tensor({v}, device='cuda:0')",
    "grad": lambda v: f"tensor({v}, grad_fn=<MeanBackward0>, dtype=torch.float64)",
    "numpy": lambda v: f"np.float64({v})",
    "array": lambda v: f"array({v}, dtype=float32)",
    "tf": lambda v: f"tf.Tensor({v}, shape=(), dtype=float32)",
    "eager": lambda v: f"<tf.Tensor: shape=(), dtype=float32, numpy={v}>",
    "decimal": lambda v: f"Decimal('{v}')",
    "list": lambda v: f"[{v}]",
    "tensor list": lambda v: f"tensor([{v}])",
}


def save(path: Path, columns: dict[str, list[Any]]) -> str:
    table = pa.table(columns)
    match path.suffix:
        case ".parquet":
            parquet.write_table(table, path)
        case ".arrow":
            feather.write_feather(table, str(path))
        case ".jsonl":
            path.write_text("".join(json.dumps(row) + "\n" for row in table.to_pylist()), encoding="utf-8")
        case suffix:
            with path.open("w", newline="", encoding="utf-8") as file:
                writer = csv.writer(file, delimiter="\t" if suffix == ".tsv" else ",")
                writer.writerows([columns, *zip(*columns.values(), strict=True)])
    return str(path)


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("form", LISTS)
def test_lists(tmp_path: Path, format_: str, form: str) -> None:
    path = save(tmp_path / f"v.{format_}", {"probs": list(map(LISTS[form], VECTORS)), "label": LABELS})
    value = losscli.compute("ce", path, pred="probs", label="label", input="probs").value
    assert value == losscli.compute("ce", VECTORS, LABELS, input="probs").value


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("form", SCALARS)
def test_scalars(tmp_path: Path, format_: str, form: str) -> None:
    """Also where a few cells are plain, and beside a gap."""
    probs, write = [0.9, 0.25, 0.5, 1e-05], SCALARS[form]
    path = save(tmp_path / f"s.{format_}", {"prob": list(map(write, probs)), "label": list(map(write, LABELS))})
    expected = losscli.compute("bce", probs, LABELS, input="probs").value
    assert losscli.compute("bce", path, input="probs").value == expected
    if form not in ("list", "tensor list"):
        cells = ["0.9", write(0.25), "", write(0.5), "1e-05"]
        save(tmp_path / f"s.{format_}", {"prob": cells, "label": [1, 0, 0, 1, 1]})
        assert losscli.compute("bce", path, input="probs", missing="omit").value == expected


@pytest.mark.parametrize("format_", FORMATS)
def test_lists_of_several_files_in_columns_and_with_gaps(tmp_path: Path, format_: str) -> None:
    for part in range(2):
        cells = [str(vector) for vector in VECTORS[2 * part : 2 * part + 2]]
        save(tmp_path / f"part-{part}.{format_}", {"probs": [*cells, ""], "label": [*LABELS[2 * part :][:2], 0]})
    asked: Any = {"pred": "probs", "label": "label", "input": "probs"}
    result = losscli.compute("ce", str(tmp_path / f"part-*.{format_}"), **asked, missing="omit")
    assert (result.value, result.n) == (losscli.compute("ce", VECTORS, LABELS, input="probs").value, 4)
    with pytest.raises(DataProblem, match=r"no value in row 2 \(from 0\)"):
        losscli.compute("ce", str(tmp_path / f"part-0.{format_}"), **asked)


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize(
    ("cells", "says"),
    [
        (
            ["[0.1, 0.9]", "[0.1, 0.2, 0.7]"],
            r"row 1 \(from 0\) is a list of 3 values where 2 are expected|rows .* differ in length",
        ),
        (["[0.1, 0.9]", "[0.1 ... 0.7]"], r"row 1 .*shortened as it was printed"),
        (["[0.1 ... 0.7]", "[0.1, 0.9]"], "shortened as it was printed"),
        (["[0.1, 0.9]", "0.5"], "row 1 .*is not a list of numbers"),
        (["[[0.1, 0.9], [0.2, 0.8]]", "[[0.1, 0.9], [0.2, 0.8]]"], "array of several rows"),
        (["(0.5)", "(0.9)"], "holds text"),
        (["[0,1 0,9]", "[0,2 0,8]"], "two ways"),
    ],
)
def test_what_can_mean_several_things_is_refused(tmp_path: Path, format_: str, cells: list[str], says: str) -> None:
    path = save(tmp_path / f"v.{format_}", {"probs": cells, "label": [1, 0]})
    with pytest.raises(LossCliError, match=says):
        losscli.compute("ce", path, pred="probs", label="label", input="probs")


def test_lists_stand_alone(tmp_path: Path) -> None:
    for format_ in FORMATS:
        path = save(tmp_path / f"v.{format_}", {"a": ["[1, 2]"], "b": ["[3, 4]"], "label": [1]})
        with pytest.raises(LossCliError, match="side by side"):
            losscli.compute("ce", path, pred="a,b", label="label", input="logits")


@pytest.mark.parametrize("format_", FORMATS)
def test_lists_of_labels_may_differ_in_length(tmp_path: Path, format_: str) -> None:
    rng = np.random.default_rng(0)
    np.save(tmp_path / "z.npy", logits := rng.normal(size=(3, 5, 4)))
    path = save(tmp_path / f"y.{format_}", {"id": [1, 2, 3], "label": ["[1, 2]", "[3]", "[1 1 2]"]})
    value = losscli.compute("ctc", str(tmp_path / "z.npy"), path, label="label").value
    assert value == losscli.compute("ctc", logits, [[1, 2], [3], [1, 1, 2]]).value


@pytest.mark.parametrize("format_", FORMATS)
def test_lists_are_keys_and_classes_where_they_are_asked_for(tmp_path: Path, format_: str) -> None:
    """A key stays text; so does a class that is listed."""
    ours = save(tmp_path / f"p.{format_}", {"key": ["[1, 2]", "tensor(3)"], "pred": [1.0, 2.0]})
    theirs = save(tmp_path / f"y.{format_}", {"key": ["tensor(3)", "[1, 2]"], "label": [5.0, 1.0]})
    assert losscli.compute("mae", ours, theirs, join="key").value == 1.5
    path = save(tmp_path / f"c.{format_}", {"a": [0.9, 0.2], "b": [0.1, 0.8], "label": ["[1 2]", "[3 4]"]})
    result = losscli.compute("ce", path, pred="a,b", label="label", input="probs", classes=["[1 2]", "[3 4]"])
    assert result.value == pytest.approx(-np.log([0.9, 0.8]).mean())


@pytest.mark.parametrize(
    "column",
    [
        VECTORS,
        list(map(np.array, VECTORS)),
        list(map(tuple, VECTORS)),
        list(map(str, VECTORS)),
    ],
    ids=["lists", "arrays", "tuples", "texts"],
)
def test_in_memory(column: list[Any]) -> None:
    frame = pd.DataFrame({"probs": column, "label": LABELS})
    expected = losscli.compute("ce", VECTORS, LABELS, input="probs").value
    assert losscli.compute("ce", frame, pred="probs", label="label", input="probs").value == expected
    assert losscli.compute("ce", frame["probs"], frame["label"], input="probs").value == expected
    if not isinstance(column[0], np.ndarray):
        lists = [list(each) if isinstance(each, tuple) else each for each in column]
        table = pa.table({"probs": lists, "label": LABELS})
        assert losscli.compute("ce", table, pred="probs", label="label", input="probs").value == expected


def test_numbers_as_objects_in_memory() -> None:
    value = losscli.compute("mse", [0.5, 2.0], [1, 0]).value
    for column in (["0.5", "2.0"], ["tensor(0.5)", "np.float64(2.0)"]):
        assert losscli.compute("mse", pd.Series(column, dtype=object), [1, 0]).value == value
        assert losscli.compute("mse", pd.DataFrame({"pred": column, "label": ["1", "0"]})).value == value
    gap = pd.Series([0.5, None, 2.0], dtype=object)
    assert losscli.compute("mse", gap, [1, 9, 0], missing="omit").value == value
    for blank in (None, float("nan")):
        assert losscli.compute("mse", pd.Series(["0.5", blank, "2.0"]), [1, 9, 0], missing="omit").value == value
    assert losscli.compute("bce", [0.5, 2.0], pd.Series([True, False], dtype=object)).value is not None
    named = losscli.compute("ce", [[2.0, 1], [0, 3]], pd.Series(["02", "01"]), classes=["02", "01"])
    assert named.value == losscli.compute("ce", [[2.0, 1], [0, 3]], [0, 1]).value
    with pytest.raises(DataProblem, match=r"no value in row 1"):
        losscli.compute("ce", [[2.0, 1], [0, 3]], pd.Series(["a", None]), classes=["a", "b"])


numbers = st.one_of(st.floats(width=32, allow_nan=False), st.integers(-9, 9).map(float))


@given(st.lists(numbers, min_size=1, max_size=5))
def test_what_is_printed_is_read(values: list[float]) -> None:
    assert vector(str(values)) == values
    assert vector(f"tensor({values}, device='cuda:0')") == values
    assert vector(str([np.float64(value) for value in values])) == values
    assert vector(" ".join(map(str, values)).join("[]")) == values
    for value in values:
        for text in (f"tensor({value})", f"np.float64({value})", f"tensor({value}, device='cuda:0')"):
            assert float(scalar(text) or "") == value


@given(st.text("0123456789.,- []()eEtnsorarayfl'", max_size=20))
def test_any_text_is_a_list_a_number_or_neither(text: str) -> None:
    assert vector(text) is None or all(isinstance(each, float) for each in vector(text) or ())
    assert scalar(text) is None or float(scalar(text) or "") is not None


def test_arrays_of_ml_dtypes_in_memory() -> None:
    ml_dtypes = pytest.importorskip("ml_dtypes")
    values = np.array([[0.5, -1.0], [2.0, 0.25]])
    for dtype in (ml_dtypes.bfloat16, ml_dtypes.float8_e4m3fn):
        assert losscli.compute("ce", values.astype(dtype), [0, 1]).value == losscli.compute("ce", values, [0, 1]).value
