"""Language models from a list of the log-probabilities of its tokens a row, as servers return them."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import losscli

DOCUMENTS: list[list[float | None]] = [[None, -1.5, -0.25], [-2.0], [None, -0.5, -0.125, -4.0], [], [-1.0, None]]
KEPT = [[each for each in row if each is not None] for row in DOCUMENTS]
BYTES = [11, 4, 23, 0, 5]
ROWS = (DOCUMENTS, KEPT, BYTES)
SUM, TOKENS = sum(map(sum, KEPT)), sum(map(len, KEPT))


@pytest.fixture(params=["jsonl", "parquet"])
def documents(request: Any, tmp_path: Path) -> str:
    path = tmp_path / f"documents.{request.param}"
    if request.param == "jsonl":
        rows = [json.dumps({"a": {"t": row}, "kept": kept, "bytes": b}) for row, kept, b in zip(*ROWS, strict=True)]
        path.write_text("\n".join(rows) + "\n")
    else:
        columns = {"a.t": DOCUMENTS, "kept": KEPT, "bytes": BYTES}
        pq.write_table(pa.table(columns), path)
    return str(path)


@pytest.mark.parametrize("threads", [1, 2])
def test_tokens_weigh_the_same(documents: str, threads: int) -> None:
    result = losscli.compute("perplexity", documents, pred="kept", threads=threads)
    assert result.value == pytest.approx(math.exp(-SUM / TOKENS), rel=1e-15)
    assert result.n == 5


def test_entries_that_are_null_are_left_out_not_their_documents(documents: str) -> None:
    result = losscli.compute("perplexity", documents, pred="a.t", missing="omit")
    assert result.value == pytest.approx(math.exp(-SUM / TOKENS), rel=1e-15)
    assert result.elements == {"left_out": 3}
    assert result.counts["missing"] == 0
    with pytest.raises(losscli.DataProblem, match=r"no value in row 0 .* missing=.drop. to leave such entries out"):
        losscli.compute("perplexity", documents, pred="a.t")
    unknown = losscli.compute("perplexity", documents, pred="a.t", missing="propagate")
    assert np.isnan(unknown.value)


def test_sums_are_counted_by_a_column(documents: str) -> None:
    nats = -SUM / sum(BYTES)
    for loss, value in (
        ("bits_per_byte", nats / math.log(2)),
        ("byte_perplexity", math.exp(nats)),
        ("word_perplexity", math.exp(nats)),
    ):
        for column in ("kept", "a.t"):
            result = losscli.compute(loss, documents, pred=column, count="::bytes", missing="omit")
            assert result.value == pytest.approx(value, rel=1e-15)
    with pytest.raises(losscli.UsageProblem, match="is for one log-probability a row"):
        losscli.compute("perplexity", documents, pred="kept", count="::bytes")


def test_lists_of_one_length(tmp_path: Path) -> None:
    """The same whether the lists happen to have one length or not; a document of nulls alone is no document."""
    path = tmp_path / "same.jsonl"
    rows = [[-1.0, None], [-2.0, -3.0], [None, None]]
    path.write_text("".join(json.dumps({"t": row}) + "\n" for row in rows))
    result = losscli.compute("perplexity", str(path), pred="t", missing="omit")
    assert result.value == pytest.approx(math.exp(2.0), rel=1e-15)
    assert (result.n, result.counts["missing"], result.elements) == (2, 1, {"left_out": 1})
    array = np.array([[-1.0, -1.5], [-2.0, -3.0]])
    assert losscli.compute("perplexity", array).value == pytest.approx(math.exp(7.5 / 4), rel=1e-15)


def test_nan_in_a_list_is_not_a_null(tmp_path: Path) -> None:
    path = tmp_path / "nan.jsonl"
    path.write_text('{"t": [null, NaN, -1.0]}\n{"t": [-1.0]}\n')
    with pytest.raises(losscli.DataProblem, match="has NaN in row 0"):
        losscli.compute("perplexity", str(path), pred="t", missing="omit")


def test_what_lists_cannot_hold(tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text('{"t": [-1.0, -2.0]}\n{"t": [-1.0, 0.5, -3.0]}\n')
    with pytest.raises(losscli.DataProblem, match=r"0\.5 is outside .*logprobs, in row 1"):
        losscli.compute("perplexity", str(path), pred="t")


def test_classes_without_labels_are_refused() -> None:
    """Log-probabilities of all classes are not those of tokens."""
    logs = np.log(np.random.default_rng(0).dirichlet(np.ones(5), size=20))
    with pytest.raises(losscli.UsageProblem, match="add up to 1 in every row"):
        losscli.compute("perplexity", logs)


def test_other_losses_still_refuse_lists_with_nulls(tmp_path: Path) -> None:
    path = tmp_path / "two.jsonl"
    path.write_text('{"p": [1.0, null], "y": [1.0, 2.0]}\n{"p": [1.0], "y": [1.0]}\n')
    with pytest.raises(losscli.DataProblem, match="is a list with a null in it"):
        losscli.compute("mse", str(path), pred="p", label="y", missing="omit")
