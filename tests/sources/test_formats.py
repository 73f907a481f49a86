"""A format is declared once: by its suffix, by its content and from standard input it is read from then on."""

from __future__ import annotations

import gzip
import io
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv, fs, parquet

import losscli
from losscli.core.errors import DataProblem, UsageProblem
from losscli.sources.arrays import ArrayTable
from losscli.sources.formats import registry
from losscli.sources.formats.detection import format_by_content, format_by_name
from losscli.sources.formats.file_format import DetectedFormat, FileFormat, FileSource
from losscli.sources.open import ReadOptions, open_table
from losscli.sources.remote import object_store, remote_file
from losscli.sources.table import Pick, Table

START = b"TOYFILE "


def open_toy(source: FileSource, detected: DetectedFormat) -> Table:
    """Numbers between spaces, after the first bytes."""
    place = source.seekable()
    with open(place, "rb") if isinstance(place, str) else place as file:
        data = file.read()
    table = ArrayTable(np.array(data.removeprefix(START).split(), dtype=float), source.name)
    table.format = detected.name
    return table


TOY = FileFormat("Toy", {".toy": "toy", ".toys": "toys"}, open_toy, (START,), piped=True)


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder, while a format more is known."""
    monkeypatch.setattr(registry, "FORMATS", (*registry.FORMATS, TOY))
    return tmp_path


def values(path: Path | str) -> tuple[str, list[float]]:
    table = open_table(str(path), ReadOptions())
    return table.format, np.concatenate([load().arrays["x"] for load in table.blocks({"x": Pick()}, 2)]).tolist()


@pytest.mark.parametrize(
    ("name", "format_"), [("a.toy", "toy"), ("a.toys", "toys"), ("a", "toy"), ("a.out", "toy"), ("A.TOY", "toy")]
)
def test_a_new_format_is_read_by_its_suffix_and_by_its_content(toy: Path, name: str, format_: str) -> None:
    (toy / name).write_bytes(START + b"1 2.5 3")
    assert values(toy / name) == (format_, [1.0, 2.5, 3.0])


def test_a_new_format_is_read_from_standard_input(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Stdin:
        buffer = io.BufferedReader(io.BytesIO(START + b"4 5"))  # type: ignore[arg-type]

    monkeypatch.setattr("sys.stdin", Stdin())
    assert values("-") == ("toy", [4.0, 5.0])


def test_a_new_format_is_a_data_set_too(toy: Path) -> None:
    for number in range(3):
        (toy / f"{number}.toy").write_bytes(START + f"{number} {number}".encode())
    assert values(toy) == ("toy", [0.0, 0.0, 1.0, 1.0, 2.0, 2.0])
    (toy / "3.npy").write_bytes(b"")
    with pytest.raises(UsageProblem, match="holds both toy and npy files"):
        open_table(str(toy), ReadOptions())


def test_content_wins_over_the_name(toy: Path) -> None:
    (toy / "a.csv").write_bytes(START + b"4 5")
    assert values(toy / "a.csv") == ("toy", [4.0, 5.0])
    (toy / "a.toy").write_bytes(b"4\n5\n")
    assert open_table(str(toy / "a.toy"), ReadOptions()).format == "csv"
    np.save(toy / "a", np.array([4.0, 5.0]))
    written = (toy / "a.npy").read_bytes()
    for suffix in ("csv", "parquet", "npz", "txt", "toy", "csv.gz", "jsonl"):
        (toy / f"b.{suffix}").write_bytes(written)
        assert losscli.compute("mse", str(toy / f"b.{suffix}"), str(toy / "a.npy")).value == 0.0
    table = pa.table({"pred": [1.0, 2.0], "label": [1.0, 4.0]})
    for suffix in ("csv", "npy", "tsv", "arrow", "jsonl", "txt", "out"):
        parquet.write_table(table, toy / f"c.{suffix}")
        assert losscli.compute("mse", str(toy / f"c.{suffix}")).value == 2.0
    text = "pred,label\n1,1\n2,4\n"
    for suffix in ("npy", "parquet", "npz", "arrow"):
        for packed in (text.encode(), text.encode("utf-16"), gzip.compress(text.encode())):
            (toy / f"d.{suffix}").write_bytes(packed)
            assert losscli.compute("mse", str(toy / f"d.{suffix}")).value == 2.0


def test_sentences_know_a_new_format(toy: Path) -> None:
    (toy / "a.toy").write_bytes(b"\x89HDF")
    with pytest.raises(DataProblem, match=r"is named \.toy but its content is an HDF5 file"):
        open_table(str(toy / "a.toy"), ReadOptions())
    (toy / "a.toy.gz").write_bytes(b"\x1f\x8b\x08")
    with pytest.raises(UsageProblem, match=r"only text is read compressed. Type gunzip < \S*a.toy.gz > \S*a.toy"):
        open_table(str(toy / "a.toy.gz"), ReadOptions())
    (toy / "a").write_bytes(b"\1?")
    with pytest.raises(UsageProblem, match=r"Known are .*\.toy \.toys \.tsv .*\.csv\.gz"):
        open_table(str(toy / "a"), ReadOptions())


@pytest.mark.parametrize("suffix", ["npy", "csv", "csv.gz", "parquet", "arrow", "arrows", "feather"])
def test_an_object_store_is_read_as_files_are(suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file system here is a local one: the steps are the same."""
    dice = np.random.default_rng(0).normal(size=20_003)
    data, path = pa.table({"x": dice}), tmp_path / f"a.{suffix}"
    if suffix == "npy":
        np.save(path, dice)
    elif suffix == "parquet":
        parquet.write_table(data, path)
    elif suffix.startswith("csv"):
        with pa.output_stream(path) as out:
            csv.write_csv(data, out)
    else:
        new = pa.ipc.new_stream if suffix == "arrows" else pa.ipc.new_file
        with new(path, data.schema) as writer:
            writer.write_table(data, max_chunksize=700)
    for piece in (4 << 20, 1 << 12):
        monkeypatch.setattr(remote_file, "_PIECE", piece)
        stored = object_store.open_key(fs.LocalFileSystem(), str(path), "s3://b/a", ReadOptions())
        for size in (1000, 20_003):
            picks = {"x": Pick(("x",) if stored.columns else ())}
            parts = [np.array(load().arrays["x"]) for load in stored.blocks(picks, size)]
            np.testing.assert_array_equal(np.concatenate(parts), dice)
        stored.close()


def test_a_format_that_no_object_store_has_is_refused(toy: Path) -> None:
    (toy / "a.toy").write_bytes(START)
    with pytest.raises(UsageProblem, match=r"s3://b/a: Toy is not read from afar\. Copy it here first"):
        object_store.open_key(fs.LocalFileSystem(), str(toy / "a.toy"), "s3://b/a", ReadOptions())


def test_what_cannot_be_piped_is_refused(cli: Any) -> None:
    code, out, err = cli("compute", "mse", "-", stdin=b"PK\x03\x04")
    assert (code, out) == (3, "")
    assert err == "losscli: Standard input is a zip archive. NPY, Parquet, Arrow, JSON lines and CSV can be piped.\n"


def test_declarations_do_not_contradict_each_other() -> None:
    suffixes = [suffix for each in registry.FORMATS for suffix in each.suffixes]
    assert len(set(suffixes)) == len(suffixes)
    for each in registry.FORMATS:
        for suffix, name in each.suffixes.items():
            assert format_by_name(f"a{suffix.upper()}") == DetectedFormat(each, name)
        for start in each.first_bytes:
            assert format_by_content(start) is each
