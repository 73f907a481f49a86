"""Lists of lists and rows that differ in length: documents of tokens, tags, tensors."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest

import losscli
from losscli.core.arrays.ragged import Ragged, row_offsets
from losscli.core.errors import DataProblem, LossCliError, UsageProblem

RNG = np.random.default_rng(21)
SIZES = [4, 0, 7, 1, 3]
LOGITS = [RNG.normal(size=(size, 5)) for size in SIZES]
LABELS = [RNG.integers(0, 5, size=size) for size in SIZES]
LABELS[3][:] = -100
LABELS[2][2:4] = -100


def token_losses(logits: Any, labels: Any) -> Any:
    logs = logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
    return -logs[np.arange(len(labels)), np.where(labels < 0, 0, labels)]


TOKENS = [token_losses(x, y)[y >= 0] for x, y in zip(LOGITS, LABELS, strict=True)]
MEAN = float(np.concatenate(TOKENS).mean())


def _write(folder: Any, suffix: str, columns: dict[str, Any], types: dict[str, Any]) -> str:
    path = folder / f"data.{suffix}"
    rows = {name: [np.asarray(each).tolist() for each in values] for name, values in columns.items()}
    if suffix == "jsonl":
        lines = (json.dumps({name: values[i] for name, values in rows.items()}) for i in range(len(SIZES)))
        path.write_text("\n".join(lines) + "\n")
        return str(path)
    table = pa.table({name: pa.array(values, types[name]) for name, values in rows.items()})
    if suffix == "arrow":
        pyarrow.feather.write_feather(table, str(path), compression="uncompressed")
    else:
        pyarrow.parquet.write_table(table, path, row_group_size=2)
    return str(path)


LISTS = {"z": pa.list_(pa.list_(pa.float64())), "y": pa.list_(pa.int64())}
FIXED = {"z": pa.large_list(pa.list_(pa.float64(), 5)), "y": pa.large_list(pa.int64())}


@pytest.mark.parametrize(
    ("suffix", "types"), [("parquet", LISTS), ("parquet", FIXED), ("arrow", LISTS), ("arrow", FIXED), ("jsonl", LISTS)]
)
def test_documents_of_tokens(tmp_path: Any, suffix: str, types: Any) -> None:
    path = _write(tmp_path, suffix, {"z": LOGITS, "y": LABELS}, types)
    result = losscli.compute("ce", path, pred="z", label="y", ignore_index=-100)
    assert result.value == pytest.approx(MEAN, rel=1e-13)
    assert result.n == 3  # one document is empty, one is ignored whole
    rows = losscli.compute("ce", path, pred="z", label="y", ignore_index=-100, reduction="none").rows
    assert rows[[0, 2, 4]] == pytest.approx([TOKENS[i].mean() for i in (0, 2, 4)], rel=1e-13)
    summed = losscli.compute("ce", path, pred="z", label="y", ignore_index=-100, reduction="sum")
    assert summed.value == pytest.approx(np.concatenate(TOKENS).sum(), rel=1e-13)
    shifted = losscli.compute("ce", path, pred="z", label="y", ignore_index=-100, shift=1)
    pairs = [(x[:-1], y[1:]) for x, y in zip(LOGITS, LABELS, strict=True)]
    expected = np.concatenate([token_losses(x, y)[y >= 0] for x, y in pairs])
    assert shifted.value == pytest.approx(expected.mean(), rel=1e-13)


def test_the_same_in_memory() -> None:
    logits = Ragged(np.concatenate(LOGITS), row_offsets(SIZES))
    labels = Ragged(np.concatenate(LABELS), row_offsets(SIZES))
    assert losscli.compute("ce", logits, labels, ignore_index=-100).value == pytest.approx(MEAN, rel=1e-13)
    assert losscli.compute("ce", logits, labels, ignore_label=-100).value == pytest.approx(MEAN, rel=1e-13)
    soft = Ragged(np.eye(5)[np.where(labels.values < 0, 0, labels.values)], labels.offsets)
    mask = Ragged(labels.values >= 0, labels.offsets)
    assert losscli.compute("ce", logits, soft, mask=mask).value == pytest.approx(MEAN, rel=1e-13)
    short = Ragged(labels.values[:-1], row_offsets([*SIZES[:-1], SIZES[-1] - 1]))
    with pytest.raises(DataProblem, match="2 entries stand beside 3 predictions, in row 4"):
        losscli.compute("ce", logits, short, ignore_index=-100)
    wrong = Ragged(np.where(np.arange(len(labels.values)) == 5, 9, labels.values), labels.offsets)
    with pytest.raises(DataProblem, match=r"label 9 is outside 0 \.\.\. 4, in row 2"):
        losscli.compute("ce", logits, wrong, ignore_index=-100)
    holes = Ragged(np.where(np.arange(len(labels.values))[:, None] == 4, np.nan, logits.values), logits.offsets)
    with pytest.raises(DataProblem, match="NaN in row 2"):
        losscli.compute("ce", holes, labels, ignore_index=-100)
    assert losscli.compute("ce", holes, labels, ignore_index=-100, nan="omit").n == 2


@pytest.mark.parametrize("suffix", ["parquet", "arrow", "jsonl"])
def test_rows_of_scores_that_differ_in_length(tmp_path: Any, suffix: str) -> None:
    scores = [RNG.normal(size=size) for size in SIZES]
    tags = [RNG.integers(0, 2, size=size) for size in SIZES]
    types = {"z": pa.list_(pa.float64()), "y": pa.list_(pa.int8())}
    path = _write(tmp_path, suffix, {"z": scores, "y": tags}, types)
    x, y = np.concatenate(scores), np.concatenate(tags)
    losses = np.maximum(x, 0) - x * y + np.log1p(np.exp(-np.abs(x)))
    assert losscli.compute("bce", path, pred="z", label="y").value == pytest.approx(losses.mean(), rel=1e-13)
    by_row = losscli.compute("bce", path, pred="z", label="y", denominator="nonzero")
    means = [each.mean() for each in np.split(losses, np.cumsum(SIZES)[:-1]) if len(each)]
    assert by_row.value == pytest.approx(np.mean(means), rel=1e-13)
    dice = losscli.compute("dice", path, pred="z", label="y", input="logits")
    assert np.isfinite(dice.value)
    for refused in ("cosine_distance", "multilabel_margin", "softmax_cross_entropy"):
        with pytest.raises(LossCliError):
            losscli.compute(refused, path, pred="z", label="y")
    with pytest.raises(UsageProblem):
        losscli.compute("bce", path, pred="z", label="y", per_output=True)


@pytest.mark.parametrize("suffix", ["parquet", "arrow", "jsonl"])
def test_lists_of_one_length_are_arrays(tmp_path: Any, suffix: str) -> None:
    logits, labels = RNG.normal(size=(5, 3, 2, 4)), RNG.integers(0, 4, size=(5, 3, 2))
    types = {
        "z": pa.list_(pa.list_(pa.list_(pa.float64(), 4), 2), 3),
        "y": pa.list_(pa.list_(pa.int64())),
    }
    path = _write(tmp_path, suffix, {"z": logits, "y": labels}, types)
    result = losscli.compute("ce", path, pred="z", label="y")
    assert result.value == losscli.compute("ce", logits, labels).value  # to the bit
    assert result.elements == losscli.compute("ce", logits, labels).elements


def test_tensors_of_arrow(tmp_path: Any) -> None:
    logits, labels = RNG.normal(size=(5, 4, 3)), RNG.integers(0, 3, size=(5, 4))
    table = pa.table({"z": pa.FixedShapeTensorArray.from_numpy_ndarray(logits), "y": labels.tolist()})
    path = tmp_path / "tensors.arrow"
    pyarrow.feather.write_feather(table, str(path), compression="uncompressed")
    assert losscli.compute("ce", str(path), pred="z", label="y").value == losscli.compute("ce", logits, labels).value


def test_lists_that_are_not_even_within_a_row_are_refused(tmp_path: Any) -> None:
    path = tmp_path / "bad.parquet"
    rows = [[[1.0, 2.0], [3.0, 4.0]], [[1.0, 2.0], [3.0]]]
    pyarrow.parquet.write_table(pa.table({"z": rows, "y": [[0, 1], [1, 0]]}), path)
    with pytest.raises(DataProblem, match=r"row 1 .* is a list of lists of 2 and of 1 values"):
        losscli.compute("ce", str(path), pred="z", label="y")
