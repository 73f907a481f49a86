"""Data in memory mean in Python what the same data mean in a file: columns, gaps, indexes, other libraries."""

from __future__ import annotations

import io
import math
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import losscli
from losscli import DataProblem, LossCliError, UsageProblem

RNG = np.random.default_rng(5)
PROBS = RNG.dirichlet([1, 1, 1], 12)
LOGITS, Y, W = np.log(PROBS), RNG.integers(0, 3, 12), RNG.random(12)
EXPECTED = float(-np.log(PROBS[np.arange(12), Y]).mean())
WEIGHTED = float((-np.log(PROBS[np.arange(12), Y]) * W).sum() / W.sum())
FRAME = pd.DataFrame(LOGITS, columns=["p_0", "p_1", "p_2"]).assign(y=Y, id=np.arange(100, 112), w=W)


def mse(*data: Any, **options: Any) -> float:
    value = losscli.compute("mse", *data, **options).value
    assert value is not None
    return value


def ce(*data: Any, **options: Any) -> float:
    value = losscli.compute("softmax_cross_entropy", *data, **options).value
    assert value is not None
    return value


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return frame.to_dict("records")  # type: ignore[return-value]


class Speaks:
    """A frame of a library that losscli does not know, which speaks Arrow as polars does."""

    def __init__(self, table: pa.Table) -> None:
        self._table, self.columns = table, table.column_names

    def __arrow_c_stream__(self, schema: Any = None) -> Any:
        return self._table.__arrow_c_stream__(schema)


FORMS = {
    "pandas": lambda frame: frame,
    "arrow": lambda frame: pa.Table.from_pandas(frame),
    "batch": lambda frame: pa.Table.from_pandas(frame).to_batches()[0],
    "reader": lambda frame: pa.Table.from_pandas(frame).to_reader(),
    "chunks": lambda frame: pa.concat_tables([pa.Table.from_pandas(part) for part in (frame[:5], frame[5:])]),
    "dictionary": lambda frame: {name: frame[name].to_numpy() for name in frame},
    "records": records,
    "structured": lambda frame: frame.to_records(index=False).view(np.ndarray),
    "stranger": lambda frame: Speaks(pa.Table.from_pandas(frame)),
    "nullable": lambda frame: frame.convert_dtypes(),
    "arrow-backed": lambda frame: frame.convert_dtypes(dtype_backend="pyarrow"),
}


@pytest.mark.parametrize("form", FORMS)
def test_columns_are_named_as_of_a_file(form: str) -> None:
    made = FORMS[form]
    assert ce(made(FRAME), pred="p_*", label="y") == pytest.approx(EXPECTED, rel=1e-14)
    assert ce(made(FRAME), pred=["p_0", "p_1", "p_2"], label="y", weight="w") == pytest.approx(WEIGHTED, rel=1e-14)
    assert ce(made(FRAME), made(FRAME), pred="p_*", label="y") == pytest.approx(EXPECTED, rel=1e-14)
    assert ce(made(FRAME), Y, pred="p_*") == pytest.approx(EXPECTED, rel=1e-14)
    with pytest.raises(UsageProblem, match=r"has no column nope"):
        ce(made(FRAME), pred="p_*", label="nope")


def test_a_file_gives_the_same(tmp_path: Path) -> None:
    FRAME.to_csv(tmp_path / "val.csv", index=False)
    FRAME.to_parquet(tmp_path / "val.parquet")
    for path in (tmp_path / "val.csv", tmp_path / "val.parquet"):
        in_memory = ce(FRAME, pred="p_*", label="y", weight="w")
        assert ce(path, pred="p_*", label="y", weight="w") == pytest.approx(in_memory, rel=1e-15)


def test_columns_of_other_things_are_no_predictions() -> None:
    for given in ((FRAME,), (FRAME, FRAME), (FRAME[["id", "p_0", "p_1", "p_2"]], Y), (FRAME.drop(columns="id"), Y)):
        with pytest.raises(UsageProblem, match=r'Which column of predictions .* Name it, such as pred="p_\*"'):
            ce(*given)
    assert ce(FRAME[["p_0", "p_1", "p_2"]], Y) == pytest.approx(EXPECTED)  # nothing else is there
    xyz = pd.DataFrame(LOGITS, columns=["x", "y", "z"])
    assert ce(xyz, Y) == pytest.approx(EXPECTED)
    usual = pd.DataFrame({"id": [1, 2], "pred": [1.0, 2.0]}), pd.DataFrame({"id": [1, 2], "label": [1.0, 3.0]})
    assert mse(*usual) == 0.5


def test_an_argument_that_does_nothing_is_an_error() -> None:
    for option in ("pred", "label", "weight"):
        with pytest.raises(UsageProblem, match=f"Leave out {option}"):
            mse([1.0], [2.0], **{option: "a"})
    for option, value in {"delimiter": ",", "header": "no", "decimal": ",", "escape": "\\"}.items():
        with pytest.raises(UsageProblem, match=f"{option} says how files are read"):
            mse([1.0], [2.0], **{option: value})
    with pytest.raises(UsageProblem, match="labels has no column z"):
        mse([1.0], pd.Series([2.0], name="y"), label="z")
    assert mse([1.0], pd.Series([2.0], name="y"), label="y") == 1.0


GAPS: dict[str, Any] = {
    "masked": np.ma.masked_array([1.0, 5.0, 99.0], mask=[0, 0, 1]),  # type: ignore[no-untyped-call]
    "masked whole": np.ma.masked_array([1, 5, 99], mask=[0, 0, 1]),  # type: ignore[no-untyped-call]
    "list": [1.0, 5.0, None],
    "object": np.array([1, 5, None], dtype=object),
    "decimals": [Decimal(1), Decimal(5), None],
    "arrow": pa.array([1.0, 5.0, None]),
    "arrow chunks": pa.chunked_array([[1.0], [5.0, None]]),
    "arrow dictionary": pa.array([1.0, 5.0, None]).dictionary_encode(),
    **{name: pd.Series([1, 5, None], dtype=name) for name in ("Int64", "Float64", "double[pyarrow]", "int8[pyarrow]")},
    "categorical": pd.Series(pd.Categorical([1.0, 5.0, None])),
    "pandas objects": pd.Series([1, 5, pd.NA], dtype=object),
}


@pytest.mark.parametrize("form", GAPS)
def test_what_is_missing_is_missing(form: str) -> None:
    """Also where something else stands under the mask: 99 is no prediction."""
    with pytest.raises(DataProblem, match=r'has no value in row 2 .* Use missing="drop"'):
        mse(GAPS[form], [1.0, 3.0, 1.0])
    result = losscli.compute("mse", GAPS[form], [1.0, 3.0, 1.0], missing="omit")
    assert (result.value, result.n, result.counts["missing"]) == (2.0, 2, 1)
    assert losscli.compute("mse", [1.0, 3.0, 1.0], GAPS[form], missing="omit").value == 2.0
    frame = {"pred": GAPS[form], "label": [1.0, 3.0, 1.0]}
    assert losscli.compute("mse", frame, missing="omit").value == 2.0
    assert math.isnan(losscli.compute("mse", frame, missing="propagate").value or 0.0)


def test_a_row_with_a_masked_element_is_left_out_and_nan_stays_nan() -> None:
    pred = np.ma.masked_array([[1.0, 2.0], [3.0, 4.0]], mask=[[0, 1], [0, 0]])  # type: ignore[no-untyped-call]
    assert mse(pred, np.ones((2, 2)), missing="omit") == 6.5
    with pytest.raises(DataProblem, match=r'has NaN in row 1 .* Use nan="drop"'):
        mse(pd.Series([1.0, np.nan]), [1.0, 1.0])
    labels = pd.Series(["b", None, "a"])
    assert ce(LOGITS[[0, 0, 1], :2], labels, classes="a,b", missing="omit") == pytest.approx(
        ce(LOGITS[[0, 1], :2], [1, 0])
    )


def test_categories_are_named_and_never_sorted() -> None:
    labels = pd.Series(pd.Categorical(["b", "a", "c"], categories=["c", "a", "b"]))
    with pytest.raises(UsageProblem, match='classes="a,b,c"'):
        ce(LOGITS[:3], labels)
    assert ce(LOGITS[:3], labels, classes="a,b,c") == ce(LOGITS[:3], [1, 0, 2])
    named = pd.DataFrame(LOGITS[:3], columns=["c", "a", "b"])
    assert ce(named, labels) == pytest.approx(ce(LOGITS[:3], [2, 1, 0]))


def test_rows_are_paired_by_the_index() -> None:
    ours, theirs = pd.Series([1.0, 2.0, 3.0]), pd.Series([3.0, 1.0, 2.0], index=[2, 0, 1])
    result = losscli.compute("mse", ours, theirs)
    assert result.value == 0.0
    assert result.notes == ("labels: rows paired with those of the predictions by their index.",)
    assert mse(ours, [1.0, 2.0, 4.0], weights=pd.Series([3.0, 1.0, 2.0], index=[2, 0, 1])) == 0.5
    frames = pd.DataFrame({"a": [1.0, 2.0]}, index=["x", "y"]), pd.DataFrame({"b": [2.0, 1.0]}, index=["y", "x"])
    assert mse(*frames) == 0.0
    assert losscli.compare("mse", ours, theirs, ours).difference == 0.0
    twice = pd.Series([1.0, 2.0, 3.0], index=[0, 0, 1])
    assert mse(twice, twice) == 0.0  # the same labels in the same places
    assert mse(twice, [1.0, 2.0, 3.0]) == 0.0  # what has no index goes by position


@pytest.mark.parametrize(
    ("index", "why"), [([7, 8, 9], "not the same labels"), ([0, 0, 1], "there twice"), (["a", "b", "c"], "not the")]
)
def test_indexes_that_differ_are_refused(index: list[Any], why: str) -> None:
    with pytest.raises(DataProblem, match=f"{why}.*to_numpy") as caught:
        mse(pd.Series([1.0, 2.0, 3.0]), pd.Series([1.0, 2.0, 3.0], index=index))
    assert caught.value.kind == "index_differs"
    sides = [pd.DataFrame({"id": [1, 2, 3], "x": [1.0, 2.0, 3.0]}, index=each) for each in ([0, 1, 2], index)]
    assert mse(*sides, pred="x", label="x", join="id") == 0.0  # a key says more than an index


class Tensor:
    """What a tensor of PyTorch is to losscli: no array of NumPy until it is detached, on this machine, and wide."""

    layout = "torch.strided"

    def __init__(self, values: Any, state: tuple[str, ...] = ("grad", "gpu", "bfloat16")) -> None:
        self.values, self.state = np.asarray(values, dtype=np.float32), state
        self.dtype = "torch.bfloat16" if "bfloat16" in state else "torch.float32"

    def _without(self, word: str) -> Tensor:
        return Tensor(self.values, tuple(each for each in self.state if each != word))

    def detach(self) -> Tensor:
        return self._without("grad")

    def cpu(self) -> Tensor:
        return self._without("gpu")

    def float(self) -> Tensor:
        return self._without("bfloat16")

    def numpy(self) -> Any:
        if self.state:
            raise RuntimeError(f"not while it is {self.state}")
        return self.values

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return self.numpy()


class Brain:
    """An array that only DLPack can hand over."""

    def __init__(self, values: Any) -> None:
        self._values = np.asarray(values, dtype=np.float64)

    def __dlpack__(self, **options: Any) -> Any:
        return self._values.__dlpack__(**options)

    def __dlpack_device__(self) -> Any:
        return self._values.__dlpack_device__()


class Sparse:
    """A sparse matrix of SciPy."""

    def __init__(self, values: Any, shape: Any = None) -> None:
        self._values = np.asarray(values)
        self.shape, self.dtype, self.nnz = shape or self._values.shape, self._values.dtype, 1

    def toarray(self) -> Any:
        return self._values


class SparseByKey(Sparse, dict):  # type: ignore[type-arg]
    """One that is a dictionary too, as SciPy's matrices of keys are."""


def test_stand_ins_for_other_libraries() -> None:
    assert mse(Tensor([1.0, 2.0]), Tensor([1.0, 4.0])) == 2.0
    assert mse([Tensor(1.0), Tensor(2.0)], [1.0, 4.0]) == 2.0
    assert mse({"pred": Tensor([1.0, 2.0]), "label": [1.0, 4.0]}) == 2.0
    assert mse(Brain([1.0, 2.0]), Brain([1.0, 4.0])) == 2.0
    assert mse(Sparse(np.eye(3)), np.eye(3)) == 0.0
    assert mse(SparseByKey(np.eye(3)), SparseByKey(2 * np.eye(3))) == mse(np.eye(3), 2 * np.eye(3))
    with pytest.raises(DataProblem, match=r"sparse matrix of 1000000 x 1000000, which takes 7451 GiB"):
        mse(Sparse(np.eye(3), (10**6, 10**6)), np.eye(3))


def test_torch() -> None:
    torch = pytest.importorskip("torch")
    label = [1.0, 4.0]
    assert mse(torch.tensor([1.0, 2.0], requires_grad=True), label) == 2.0
    assert mse(torch.tensor([1.0, 2.0], dtype=torch.bfloat16, requires_grad=True), label) == 2.0
    assert mse([torch.tensor(1.0, requires_grad=True), torch.tensor(2.0)], label) == 2.0
    assert mse(torch.tensor([1.0, 2.0]).to_sparse(), label) == 2.0
    with pytest.raises(DataProblem, match=r"torch\.Tensor"):
        mse(torch.empty(2, device="meta"), label)


def test_jax() -> None:
    jnp = pytest.importorskip("jax.numpy")
    assert mse(jnp.array([1.0, 2.0], dtype=jnp.bfloat16), jnp.array([1.0, 4.0])) == 2.0
    assert mse(jnp.array([1, 2], dtype=jnp.int4), jnp.array([1, 4], dtype=jnp.uint4)) == 2.0


def test_tensorflow() -> None:
    tf = pytest.importorskip("tensorflow")
    assert mse(tf.Variable([1.0, 2.0]), tf.constant([1.0, 4.0], dtype=tf.bfloat16)) == 2.0
    with pytest.raises(DataProblem, match="differ in length"):
        mse(tf.ragged.constant([[1.0], [2.0, 3.0]]), [1.0, 4.0])
    with pytest.raises(DataProblem, match=r"tf\.sparse\.to_dense"):
        mse(tf.sparse.from_dense([1.0, 2.0]), [1.0, 4.0])


def test_scipy() -> None:
    sparse = pytest.importorskip("scipy.sparse")
    for kind in ("csr", "csc", "coo", "bsr", "dia", "lil", "dok"):
        matrix, array = getattr(sparse, f"{kind}_matrix"), getattr(sparse, f"{kind}_array")
        assert mse(matrix(np.eye(3)), array(2 * np.eye(3))) == mse(np.eye(3), 2 * np.eye(3))


def test_polars() -> None:
    pl = pytest.importorskip("polars")
    frame = pl.from_pandas(FRAME)
    assert ce(frame, pred="p_*", label="y") == pytest.approx(EXPECTED)
    assert ce(frame[["p_0", "p_1", "p_2"]], frame["y"]) == pytest.approx(EXPECTED)
    assert mse(pl.Series([1.0, None, 2.0]), [1.0, 1.0, 4.0], missing="omit") == 2.0
    with pytest.raises(DataProblem, match=r"x\.collect\(\)"):
        ce(frame.lazy(), pred="p_*", label="y")


def test_lists_generators_and_rows() -> None:
    assert mse((float(i) for i in range(3)), range(3)) == 0.0
    assert mse({"a": 1.0, "b": 2.0}.values(), [1.0, 2.0]) == 0.0
    assert mse([(1, 2), (3, 4)], [[1, 2], [3, 6]]) == 1.0
    assert mse(pd.DataFrame({"v": [np.ones(2), np.zeros(2)], "label": [[1, 1], [0, 2]]}), pred="v") == 1.0
    ragged = np.log(np.full((2, 4, 3), 1 / 3)), [[1], [1, 2]]
    assert losscli.compute("ctc", *ragged).value == losscli.compute("ctc", ragged[0], pa.array(ragged[1])).value
    batches = [LOGITS[:5], LOGITS[5:10], LOGITS[10:]]
    with pytest.raises(DataProblem, match=r"batches\. Join them first: numpy\.concatenate"):
        ce(batches, Y)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ([[1.0], [2.0, 3.0]], "The rows of predictions differ in length: row 0 has 1 values and row 1 has 2"),
        (pa.table({"pred": [[1.0], [2.0, 3.0]]}), "The rows of predictions column pred differ in length"),
        ({1.0, 2.0}, "a set, which has no order"),
        (None, "predictions is None"),
        (b"abc", "predictions is bytes"),
        (3.0, "single number"),
        ([1.0, "a"], "text"),
        ([1.0, object()], "holds object in row 1"),
        (np.array([1j, 2j]), "complex128"),
        (np.array(["2020-01-01", "2020-01-02"], dtype="M8[D]"), "datetime64"),
        (pa.array([{"a": 1}, {"a": 2}]), "is of type struct"),
        (io.BytesIO(b""), r"x\.seek\(0\)"),
        ({}, "without columns"),
    ],
)
def test_what_is_no_array_gets_a_sentence(given: Any, sentence: str) -> None:
    with pytest.raises(LossCliError, match=sentence) as caught:
        mse(given, [1.0, 2.0])
    assert "--" not in str(caught.value)


def test_texts_that_are_numbers_are_read_as_in_a_file() -> None:
    frame = pd.DataFrame({"pred": ["1.5", None], "label": ["1", "2"]})
    assert mse(frame, missing="omit") == 0.25
    with pytest.raises(DataProblem, match=r"row 1 \(from 0\) holds 'x', which is not a number"):
        mse(pd.DataFrame({"pred": ["1.5", "x"], "label": ["1", "2"]}))


def test_open_files(tmp_path: Path) -> None:
    FRAME.to_csv(tmp_path / "val.csv", index=False)
    FRAME.to_parquet(tmp_path / "val.parquet")
    FRAME.to_feather(tmp_path / "val.feather")
    FRAME.to_json(tmp_path / "val.jsonl", orient="records", lines=True, double_precision=15)
    FRAME.to_csv(tmp_path / "val.csv.gz", index=False)
    np.savez(tmp_path / "val.npz", logits=LOGITS, label=Y)
    for name in ("val.csv", "val.parquet", "val.feather", "val.jsonl", "val.csv.gz", "val.npz"):
        columns = {} if name == "val.npz" else {"pred": "p_*", "label": "y"}
        with open(tmp_path / name, "rb") as file:
            assert ce(file, **columns) == pytest.approx(EXPECTED, rel=1e-12), name
            assert ce(file, **columns) == pytest.approx(EXPECTED, rel=1e-12), name  # it is where it was
        content = io.BytesIO((tmp_path / name).read_bytes())
        assert ce(content, **columns) == pytest.approx(EXPECTED, rel=1e-12), name
    assert ce(io.StringIO((tmp_path / "val.csv").read_text()), pred="p_*", label="y") == pytest.approx(EXPECTED)
    np.save(tmp_path / "y.npy", Y)
    with open(tmp_path / "y.npy", "rb") as labels:
        assert ce(LOGITS, labels) == pytest.approx(EXPECTED)


def test_clusters_and_whole_numbers_as_names() -> None:
    groups = pd.Series(["c", "b", "a"], index=[2, 1, 0])
    data = pd.Series([1.0, 2.0, 3.0]), [1.0, 2.0, 4.0]
    by_index = losscli.compute("mse", *data, cluster=groups, ci=95).ci
    assert by_index == losscli.compute("mse", *data, cluster=["a", "b", "c"], ci="95%").ci
    counted = pd.DataFrame({0: [1.0, 2.0], 1: [1.0, 4.0]})
    assert mse(counted, pred=0, label=1) == 2.0


def test_inspect_and_reconcile_take_them_too() -> None:
    assert len(losscli.inspect(FRAME).inputs) == 6
    assert losscli.inspect(FRAME, loss="ce", pred="p_*", label="y").inputs[0].shape == (12, 3)
    matches = losscli.reconcile("ce", FRAME, pred="p_*", label="y", expect=f"{EXPECTED:.6f}")
    assert matches[0].value == pytest.approx(EXPECTED)
