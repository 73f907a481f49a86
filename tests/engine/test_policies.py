"""Rows without a value, weights that are none, labels that cannot be: each policy in every format, and its counts."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import ipc

Columns = dict[str, list[Any]]

FORMATS = ("csv", "tsv", "csv.gz", "parquet", "arrow", "feather")


def text(columns: Columns, mark: str) -> str:
    rows = zip(*columns.values(), strict=True)
    lines = [mark.join(columns), *(mark.join("" if cell is None else repr(cell) for cell in row) for row in rows)]
    return "\n".join(lines) + "\n"


def write(folder: Path, format_: str, columns: Columns) -> Path:
    """A table in a format; None is a null."""
    path = folder / f"t.{format_}"
    if format_ in ("csv", "tsv"):
        path.write_text(text(columns, "\t" if format_ == "tsv" else ","))
    elif format_ == "csv.gz":
        import gzip

        path.write_bytes(gzip.compress(text(columns, ",").encode()))
    else:
        table = pa.table({name: pa.array(values, from_pandas=False) for name, values in columns.items()})
        if format_ == "parquet":
            pq.write_table(table, path)
        else:
            with ipc.new_file(path, table.schema) as writer:
                writer.write_table(table)
    return path


def result(ran: Any) -> dict[str, Any]:
    assert ran.code == 0, ran.err
    found: dict[str, Any] = json.loads(ran.out)["results"][0]
    return found


GAPS: Columns = {"pred": [1.0, 2.0, None, 4.0, None, 6.0], "label": [1.0, 3.0, 5.0, 4.0, 9.0, 9.0]}
HOLES: Columns = {"pred": [1.0, 2.0, 3.0, math.nan, 5.0, 6.0], "label": [1.0, 3.0, 3.0, 9.0, math.nan, 9.0]}


@pytest.mark.parametrize("format_", FORMATS)
def test_missing(cli: Any, tmp_path: Path, format_: str) -> None:
    path = write(tmp_path, format_, GAPS)
    code, out, err = cli("compute", "mse", path, "-q")
    assert (code, out) == (3, "")
    assert err == (
        f"losscli: {path} column pred has no value in row 2 (from 0). Use --missing drop to leave such rows out.\n"
    )
    left = result(cli("compute", "mse", path, "-q", "--json", "--missing", "omit"))
    assert (left["value"], left["n"]) == (2.5, 4)
    assert (left["counts"]["dropped"], left["counts"]["missing"], left["counts"]["nan"]) == (2, 2, 0)
    kept = result(cli("compute", "mse", path, "-q", "--json", "--missing", "propagate"))
    assert (kept["value"], kept["status"], kept["n"], kept["counts"]["dropped"]) == (None, "nan", 6, 0)


@pytest.mark.parametrize("format_", FORMATS)
def test_nan(cli: Any, tmp_path: Path, format_: str) -> None:
    path = write(tmp_path, format_, HOLES)
    code, out, err = cli("compute", "mse", path, "-q")
    assert (code, out) == (3, "")
    assert f"{path} column pred has NaN in row 3 (from 0). Use --nan drop" in err
    left = result(cli("compute", "mse", path, "-q", "--json", "--nan", "omit"))
    assert (left["value"], left["n"]) == (2.5, 4)
    assert (left["counts"]["dropped"], left["counts"]["missing"], left["counts"]["nan"]) == (2, 0, 2)
    kept = result(cli("compute", "mse", path, "-q", "--json", "--nan", "propagate"))
    assert (kept["value"], kept["status"], kept["n"], kept["counts"]["dropped"]) == (None, "nan", 6, 0)


@pytest.mark.parametrize("format_", FORMATS)
def test_a_null_is_no_nan(cli: Any, tmp_path: Path, format_: str) -> None:
    both: Columns = {"pred": [1.0, None, math.nan, 4.0], "label": [1.0, 2.0, 3.0, 2.0]}
    path = write(tmp_path, format_, both)
    assert "no value in row 1" in cli("compute", "mse", path, "--nan", "omit").err
    assert "NaN in row 2" in cli("compute", "mse", path, "--missing", "omit").err
    left = result(cli("compute", "mse", path, "-q", "--json", "--nan", "omit", "--missing", "omit"))
    assert (left["value"], left["n"]) == (2.0, 2)
    assert (left["counts"]["dropped"], left["counts"]["missing"], left["counts"]["nan"]) == (2, 1, 1)


@pytest.mark.parametrize("suffix", ["npy", "npz"])
def test_nan_in_arrays(cli: Any, tmp_path: Path, suffix: str) -> None:
    pred, label = np.array(HOLES["pred"]), np.array(HOLES["label"])
    if suffix == "npy":
        np.save(tmp_path / "p.npy", pred)
        np.save(tmp_path / "y.npy", label)
        files = [str(tmp_path / "p.npy"), str(tmp_path / "y.npy")]
    else:
        np.savez(tmp_path / "t.npz", p=pred, y=label)
        files = [f"{tmp_path / 't.npz'}::p", "::y"]
    code, _, err = cli("compute", "mse", *files)
    assert (code, "has NaN in row 3 (from 0)" in err, str(tmp_path) in err) == (3, True, True)
    left = result(cli("compute", "mse", *files, "--json", "--nan", "omit"))
    assert (left["value"], left["n"], left["counts"]["nan"]) == (2.5, 4, 2)


@pytest.mark.parametrize("format_", FORMATS)
def test_a_weight_goes_with_its_row(cli: Any, tmp_path: Path, format_: str) -> None:
    path = write(tmp_path, format_, {**GAPS, "w": [1.0, 2.0, 100.0, 1.0, None, 1.0]})
    asked = ("compute", "mse", path, "--weight", "w", "-q", "--json")
    left = result(cli(*asked, "--missing", "omit"))
    assert (left["value"], left["weight_sum"], left["n"]) == ((2 * 1 + 9) / 5, 5.0, 4)
    assert left["counts"]["dropped"] == 2
    path = write(tmp_path, format_, {"pred": [1.0, 2.0], "label": [1.0, 3.0], "w": [1.0, math.nan]})
    assert "column w has NaN in row 1 (from 0)" in cli(*asked).err
    assert result(cli(*asked, "--nan", "omit"))["value"] == 0.0


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize(("bad", "words"), [(-1.0, "is negative"), (math.inf, "is infinite"), (-0.5, "is negative")])
def test_weights_that_are_none(cli: Any, tmp_path: Path, format_: str, bad: float, words: str) -> None:
    path = write(tmp_path, format_, {"pred": [1.0, 2.0, 3.0], "label": [1.0, 3.0, 3.0], "w": [1.0, bad, bad]})
    code, _, err = cli("compute", "mse", path, "--weight", "w", "-q")
    assert code == 3
    assert f"{path} column w: weight {bad:.6g} {words}, in row 1 (from 0)." in err


@pytest.mark.parametrize("format_", FORMATS)
def test_weights_that_are_all_zero(cli: Any, tmp_path: Path, format_: str) -> None:
    path = write(tmp_path, format_, {"pred": [1.0, 2.0], "label": [1.0, 3.0], "w": [0.0, 0.0]})
    code, out, err = cli("compute", "mse", path, "--weight", "w", "-q")
    assert (code, out, err.startswith("losscli: ")) == (3, "", True), err
    assert "weight" in err


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("bad", [3, -1, 2**40])
def test_labels_out_of_range(cli: Any, tmp_path: Path, format_: str, bad: int) -> None:
    columns: Columns = {"a": [0.1] * 3, "b": [0.2] * 3, "c": [0.3] * 3, "label": [0, bad, 2]}
    path = write(tmp_path, format_, columns)
    code, _, err = cli("compute", "softmax_cross_entropy", path, "--pred", "a,b,c", "--label", "label", "-q")
    assert code == 3
    assert f"{path} column label" in err
    assert "row 1 (from 0)" in err
    assert str(bad) in err


@pytest.mark.parametrize("format_", FORMATS)
def test_labels_that_are_no_class(cli: Any, tmp_path: Path, format_: str) -> None:
    columns: Columns = {"a": [0.1] * 3, "b": [0.2] * 3, "label": ["a", "b", "c"]}
    path = write(tmp_path, format_, columns)
    if format_.startswith(("csv", "tsv")):
        body = text(columns, "\t" if format_ == "tsv" else ",").replace("'", "")
        import gzip

        path.write_bytes(gzip.compress(body.encode()) if format_ == "csv.gz" else body.encode())
    asked = ("compute", "softmax_cross_entropy", path, "--pred", "a,b", "--label", "label", "--classes", "a,b", "-q")
    code, _, err = cli(*asked)
    assert code == 3
    assert f"{path}: column label, row 2 (from 0) holds 'c', which is not one of the classes a, b." in err


@pytest.mark.parametrize("format_", FORMATS)
def test_labels_of_fractions(cli: Any, tmp_path: Path, format_: str) -> None:
    path = write(tmp_path, format_, {"a": [0.1] * 3, "b": [0.2] * 3, "label": [0.0, 1.0, 0.5]})
    code, _, err = cli("compute", "softmax_cross_entropy", path, "--pred", "a,b", "--label", "label", "-q")
    assert (code, "row 2 (from 0)" in err, "0.5" in err) == (3, True, True)


@pytest.mark.parametrize("format_", FORMATS)
def test_all_rows_omitted(cli: Any, tmp_path: Path, format_: str) -> None:
    none: Columns = {"pred": [None, math.nan], "label": [1.0, 2.0]}
    path = write(tmp_path, format_, none)
    code, out, err = cli("compute", "mse", path, "--missing", "omit", "--nan", "omit", "-q")
    assert (code, out) == (3, "")
    assert "No rows are left" in err


@pytest.mark.parametrize("format_", FORMATS)
def test_what_is_ignored_is_counted(cli: Any, tmp_path: Path, format_: str) -> None:
    columns: Columns = {"a": [0.1] * 4, "b": [0.2] * 4, "label": [0, 255, 1, 255]}
    path = write(tmp_path, format_, columns)
    asked = ("compute", "softmax_cross_entropy", path, "--pred", "a,b", "--label", "label", "-q", "--json")
    found = result(cli(*asked, "--ignore-index", "255", "--input", "logits"))
    assert (found["n"], found["counts"]["ignored"], found["counts"]["dropped"]) == (2, 2, 0)


@pytest.mark.parametrize("format_", ["parquet", "arrow"])
def test_gaps_in_lists(cli: Any, tmp_path: Path, format_: str) -> None:
    path = write(tmp_path, format_, {"pred": [[0.1, 0.2], None, [0.3, 0.4]], "label": [0, 1, 1]})
    asked = ("compute", "softmax_cross_entropy", path, "-q", "--input", "logits")
    assert f"{path} column pred has no value in row 1 (from 0)" in cli(*asked).err
    assert result(cli(*asked, "--json", "--missing", "omit"))["counts"]["missing"] == 1
    path = write(tmp_path, format_, {"pred": [[0.1, 0.2], [0.1, None]], "label": [0, 1]})
    assert f"{path} column pred has no value in row 1 (from 0)" in cli(*asked).err
    assert result(cli(*asked, "--json", "--missing", "omit"))["counts"]["missing"] == 1


def test_blank_lines_are_rows(cli: Any, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("pred\n1\n\n3\n")
    np.save(tmp_path / "y.npy", np.arange(3.0))
    asked = ("compute", "mse", path, tmp_path / "y.npy", "-q")
    code, _, err = cli(*asked)
    assert (code, "no value in row 1 (from 0)" in err) == (3, True)
    found = result(cli(*asked, "--json", "--missing", "omit"))
    assert (found["n"], found["counts"]["missing"]) == (2, 1)


ROLES: tuple[Callable[[float], tuple[Columns, Columns]], ...] = (
    lambda bad: ({"pred": [1.0, bad]}, {"label": [1.0, 2.0]}),
    lambda bad: ({"pred": [1.0, 2.0]}, {"label": [1.0, bad]}),
)


@pytest.mark.parametrize("role", [0, 1])
@pytest.mark.parametrize("format_", FORMATS)
def test_the_file_at_fault_is_named(cli: Any, tmp_path: Path, format_: str, role: int) -> None:
    (tmp_path / "p").mkdir()
    (tmp_path / "y").mkdir()
    pred, label = ROLES[role](math.nan)
    paths = [write(tmp_path / "p", format_, pred), write(tmp_path / "y", format_, label)]
    code, _, err = cli("compute", "mse", *paths, "-q")
    assert (code, f"{paths[role]}" in err, f"{paths[1 - role]}" in err) == (3, True, False)
    assert "row 1 (from 0)" in err
