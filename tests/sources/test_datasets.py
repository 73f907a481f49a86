"""Globs, folders and hive partitions as one data set: their order, their columns, and the same bits as one file."""

from __future__ import annotations

import gzip
import hashlib
import io
import itertools
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import csv, feather, parquet

import losscli
from losscli.core.errors import DataProblem, LossCliError, UsageProblem
from losscli.sources.datasets.file_listing import members_at, of_glob
from losscli.sources.open import ReadOptions, open_table
from losscli.sources.table import Field, Pick, Table

ROWS = 30_011  # several blocks, the last of them short
CUTS = (0, 1, 1, 20_000, ROWS)  # a part of one row, an empty one, two that end within blocks
VALUE = ("--input", "probs", "--format", "value", "-q")


opened: list[Table] = []


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    while opened:
        opened.pop().close()


def rows(name: str) -> Table:
    opened.append(open_table(name, ReadOptions()))
    return opened[-1]


def read(table: Table, size: int = 1000, **picks: Pick) -> tuple[dict[str, Any], dict[str, Any]]:
    blocks = [load() for load in table.blocks(picks, size)]
    arrays = {role: np.concatenate([block.arrays[role] for block in blocks]) for role in picks}
    masks = {
        role: np.concatenate([b.missing.get(role, np.zeros(len(b.arrays[role]), bool)) for b in blocks])
        for role in picks
    }
    return arrays, masks


def numbers() -> pa.Table:
    dice = np.random.default_rng(0)
    return pa.table({"prob": dice.random(ROWS), "label": (dice.random(ROWS) < 0.5).astype(np.int64)})


def save(table: pa.Table, name: str) -> str:
    """The table in the format of the name."""
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    held = io.BytesIO()
    csv.write_csv(table, held)
    ending = "".join(Path(name).suffixes)
    if ending == ".csv":
        Path(name).write_bytes(held.getvalue())
    elif ending == ".csv.gz":
        Path(name).write_bytes(gzip.compress(held.getvalue()))
    elif ending == ".parquet":
        parquet.write_table(table, name, row_group_size=7000)
    elif ending == ".feather":
        feather.write_feather(table, name)
    elif ending == ".npz":
        np.savez_compressed(name, **{column: table[column].to_numpy() for column in table.column_names})
    else:
        with pa.ipc.new_file(name, table.schema) as writer:
            writer.write_table(table)
    return name


def test_every_road_to_the_same_bytes(cli: Any, here: Path) -> None:
    table = numbers()
    os.chdir(here)
    for column in ("prob", "label"):
        values = table[column].to_numpy()
        np.save(f"{column}.npy", values)
        for number, (start, stop) in enumerate(itertools.pairwise(CUTS)):
            np.save(f"{column}-{number}.npy", values[start:stop])
    roads: list[tuple[str, ...]] = [
        ("prob.npy", "label.npy"),
        ("prob-*.npy", "label-*.npy"),
        ("prob-?.npy", "label.npy"),
    ]
    for ending in ("csv", "csv.gz", "parquet", "arrow", "feather", "npz"):
        whole = save(table, f"whole.{ending}")
        roads.append((f"{whole}::prob", f"{whole}::label"))
        for number, (start, stop) in enumerate(itertools.pairwise(CUTS)):
            save(table.slice(start, stop - start), f"{ending}/fold={number // 2}/part-{number}.{ending}")
        roads += [(f"{ending}::prob", f"{ending}::label"), (f"{ending}/**/*.{ending}::prob", f"{ending}/fold=*::label")]
    expected = cli("compute", "bce", *roads[0], *VALUE)
    assert expected.code == 0
    for road in roads:
        for threads in ("1", "2"):
            assert tuple(cli("compute", "bce", *road, *VALUE, "--threads", threads)) == tuple(expected), road
    for name in ("whole.csv", "whole.csv.gz", "whole.parquet", "whole.arrow", "whole.feather"):
        piped = cli("compute", "bce", "-", "--pred", "prob", *VALUE, stdin=Path(name).read_bytes())
        assert tuple(piped) == tuple(expected), name


@settings(max_examples=40)
@given(
    st.lists(st.integers(0, 50), min_size=1, max_size=6),
    st.integers(1, 60),
    st.sampled_from(["npy", "parquet", "arrow"]),
)
def test_blocks_are_cut_as_of_one_file(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], size: int, ending: str
) -> None:
    folder = tmp_path_factory.mktemp("parts")
    values, at = np.random.default_rng(0).normal(size=sum(sizes)), 0
    for number, count in enumerate(sizes):
        part = values[at : at + count]
        if ending == "npy":
            np.save(folder / f"{number}.npy", part)
        else:
            save(pa.table({"x": part}), str(folder / f"{number}.{ending}"))
        at += count
    table = rows(str(folder))
    if not at:
        with pytest.raises(DataProblem, match="has no rows"):
            list(table.blocks({"x": Pick()}, size))
        return
    assert table.rows == at
    blocks = [load().arrays["x"].tolist() for load in table.blocks({"x": Pick()}, size)]
    assert [len(block) for block in blocks[:-1]] == [size] * (len(blocks) - 1)
    assert list(itertools.chain(*blocks)) == values.tolist()


# which files


def touch(*names: str) -> None:
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text("x\n1\n")


def names(path: str) -> list[str]:
    return ["/".join(member.relative) for member in members_at(path)]


def test_which_files_are_meant_and_in_which_order() -> None:
    touch("d/b.csv", "d/a.csv", "d/a/z.csv", "d/10.csv", "d/9.csv")
    touch("d/.hidden.csv", "d/_SUCCESS", "d/_metadata", "d/_temporary/x.csv", "d/.git/x.csv")
    assert names("d") == ["9.csv", "10.csv", "a/z.csv", "a.csv", "b.csv"]
    assert names("d/*.csv") == ["9.csv", "10.csv", "a.csv", "b.csv"]
    assert names("d/**/*.csv") == names("d")
    assert names("d/**") == names("d") == names("d/*") == names("d/")
    assert names("./d/[ab].csv") == ["a.csv", "b.csv"]
    assert of_glob(os.path.abspath("d/?.csv"))[0].path == os.path.abspath("d/9.csv")
    assert members_at("d/a.csv") == members_at("none/*.csv") == []


def test_links_are_followed_once() -> None:
    touch("d/a.csv", "other/b.csv")
    os.symlink(os.path.abspath("other"), "d/linked")
    os.symlink(os.path.abspath("d"), "d/loop")
    assert names("d") == ["a.csv", "linked/b.csv"]


def test_a_file_with_a_glob_for_a_name() -> None:
    Path("a[1].csv").write_text("x\n1\n")
    Path("a1.csv").write_text("x\n2\n")
    assert read(rows("a[1].csv"), x=Pick())[0]["x"].tolist() == [1]
    assert read(rows("a?.csv"), x=Pick())[0]["x"].tolist() == [2]


def test_what_is_no_data_set() -> None:
    Path("empty").mkdir()
    touch("mixed/a.csv", "mixed/b.tsv", "strange/a.csv", "strange/README.md")
    for path, said in (
        ("empty", "The folder empty holds no data. Name a file, or another folder."),
        ("none-*.csv", "There is no file none-*.csv. No file matches it either."),
        ("mixed", "mixed holds both csv and tsv files. Name those of one format, as in 'FOLDER/*.tsv'."),
        ("strange", "strange holds README.md, whose name tells no format. Name the files of one format, as in "),
    ):
        with pytest.raises(UsageProblem) as caught:
            rows(path)
        assert str(caught.value).startswith(said)


def test_files_must_agree() -> None:
    save(pa.table({"p": [1.0], "q": [1]}), "d/a.parquet")
    save(pa.table({"p": [2.0]}), "d/b.parquet")
    with pytest.raises(DataProblem, match=r"d/a\.parquet has a column q, and d/b\.parquet has none\. The files of a"):
        rows("d")
    save(pa.table({"q": [2], "p": [2]}), "d/b.parquet")  # in another order, and p of another type
    table = rows("d")
    assert read(table, q=Pick(("q",)))[0]["q"].tolist() == [1, 2]
    with pytest.raises(DataProblem, match=r"d/b\.parquet column p holds int64, and d/a\.parquet float64\."):
        table.describe(Pick(("p",)))
    np.save("a1.npy", np.ones((2, 3)))
    np.save("a2.npy", np.ones((2, 4)))
    with pytest.raises(DataProblem, match=r"a2\.npy holds float64 of shape \(4,\) a row, and a1\.npy float64 of shape"):
        rows("a*.npy").describe(Pick())
    with pytest.raises(UsageProblem, match="no column pp"):
        table.describe(Pick(("pp",)))


def test_empty_files_do_not_disagree() -> None:
    save(pa.table({"p": pa.nulls(0)}), "d/a.parquet")
    save(pa.table({"p": [2.0]}), "d/b.parquet")
    assert rows("d").describe(Pick(("p",))) == Field((1,), "float64")
    assert read(rows("d"), p=Pick(("p",)))[0]["p"].tolist() == [2]


def test_a_bad_file_is_named(cli: Any, here: Path) -> None:
    os.chdir(here)
    touch("d/a.csv")
    Path("d/b.csv").write_text("x\n1\noops\n")
    with pytest.raises(DataProblem, match=r"^d/b\.csv: column x, row 1 \(from 0\) holds 'oops'"):
        read(rows("d"), x=Pick())
    Path("d/c.csv").write_bytes(b"\x93NUMPY")
    with pytest.raises(DataProblem, match=r"d/c\.csv is not an NPY file"):
        rows("d")
    np.save("c", np.ones(3))
    os.replace("c.npy", "d/c.csv")
    with pytest.raises(DataProblem, match=r"d/c\.csv is npy and d/a\.csv is csv\. The files of a data set have one"):
        rows("d")
    code, out, err = cli("compute", "mse", "d", "d")
    assert (code, out) == (3, "")
    assert err.startswith("losscli: d/c.csv is npy")


def test_more_files_than_are_kept_open() -> None:
    for number in range(150):
        np.save(f"{number:03}.npy", np.full(3, number))
    table = rows("*.npy")
    assert len(table._held) <= 64  # type: ignore[attr-defined]
    assert read(table, x=Pick())[0]["x"].tolist() == [number for number in range(150) for _ in range(3)]
    table.close()


# partitions


def partitioned() -> None:
    for number, (fold, name) in enumerate([("1", "b"), ("2", "a%20b"), ("-10", "__HIVE_DEFAULT_PARTITION__")]):
        save(pa.table({"p": [number + 0.5, number]}), f"d/fold={fold}/name={name}/x.parquet")


def test_folders_become_columns() -> None:
    partitioned()
    table = rows("d")
    assert table.columns == ("p", "fold", "name")
    assert table.describe(Pick(("fold",))) == Field((6,), "int64")
    assert table.describe(Pick(("name",))) == Field((6,), "text")
    assert table.describe(Pick(("fold", "p"))) == Field((6, 2), "float64")
    picks = {"f": Pick(("fold",)), "n": Pick(("name",), ("a b", "b")), "m": Pick(("fold", "p")), "p": Pick(("p",))}
    arrays, masks = read(table, 4, **picks)
    assert arrays["f"].tolist() == [-10, -10, 1, 1, 2, 2]
    assert arrays["f"].dtype == arrays["n"].dtype == np.int64
    assert arrays["n"].tolist() == [0, 0, 1, 1, 0, 0]
    assert masks["n"].tolist() == [True, True, False, False, False, False]
    np.testing.assert_array_equal(arrays["m"], np.column_stack([arrays["f"], arrays["p"]]))
    assert read(table, f=Pick(("fold",)))[0]["f"].tolist() == arrays["f"].tolist()  # and nothing of the files
    with pytest.raises(DataProblem, match="column name holds text"):
        table.blocks({"n": Pick(("name",))}, 1)
    with pytest.raises(DataProblem, match="column name holds 'b', which is none of the classes"):
        read(table, n=Pick(("name",), ("a b", "c")))
    with pytest.raises(UsageProblem, match="column name does not go side by side"):
        table.describe(Pick(("p", "name")))


def test_zeros_before_a_number_make_it_text() -> None:
    for fold in ("007", "8"):
        save(pa.table({"p": [1.0]}), f"d/fold={fold}/x.parquet")
    assert rows("d").describe(Pick(("fold",))).dtype == "text"


def test_a_column_of_the_files_counts_more_than_a_folder() -> None:
    save(pa.table({"fold": [7]}), "d/fold=3/x.parquet")
    assert read(rows("d"), x=Pick(("fold",)))[0]["x"].tolist() == [7]


def test_a_file_outside_of_the_partitions() -> None:
    save(pa.table({"p": [1.0]}), "d/fold=1/x.parquet")
    save(pa.table({"p": [1.0]}), "d/y.parquet")
    with pytest.raises(DataProblem, match=r"d/y\.parquet is in no folder fold=\.\.\., unlike others"):
        rows("d")


def test_labels_from_the_names_of_folders() -> None:
    for name, probs in (("cat", [[0.9, 0.1]]), ("dog", [[0.2, 0.8], [0.5, 0.5]])):
        data = np.array(probs)
        save(pa.table({"p_cat": data[:, 0], "p_dog": data[:, 1]}), f"d/label={name}/x.parquet")
    found = losscli.compute("ce", "d", pred="p_*", label="label", input="probs", classes=["cat", "dog"])
    assert found.value == pytest.approx(-np.log([0.9, 0.8, 0.5]).mean())


def test_keys_of_a_join() -> None:
    save(pa.table({"id": ["a", "b"], "pred": [1.0, 2.0]}), "p/1.parquet")
    save(pa.table({"id": ["c"], "pred": [3.0]}), "p/2.parquet")
    table = rows("p")
    field = table.describe(Pick(("id",), text=True))
    assert field == Field((3,), "text")
    assert len([load() for load in table.blocks({"k": Pick(("id",), text=True)}, 2)]) == 2


# reports


def test_a_data_set_is_one_input(cli: Any, here: Path) -> None:
    os.chdir(here)
    save(pa.table({"pred": [1.0], "label": [1.0]}), "d/k=1/a.parquet")
    save(pa.table({"pred": [1.0, 2.0], "label": [1.0, 4.0]}), "d/k=2/a.parquet")
    for path in ("d", "d/k=*/a.parquet"):
        inputs = json.loads(cli("compute", "mse", path, "--json").out)["inputs"]
        lines = "".join(
            f"{hashlib.sha256(Path('d', n).read_bytes()).hexdigest()}  {n}\n"
            for n in ("k=1/a.parquet", "k=2/a.parquet")
        )
        for each in inputs:
            assert (each["path"], each["format"], each["shape"]) == (path, "parquet", [3])
            assert each["sha256"] == hashlib.sha256(lines.encode()).hexdigest()


def test_no_file_of_a_data_set_is_overwritten(cli: Any, here: Path) -> None:
    os.chdir(here)
    touch("d/a.csv", "d/b.csv")
    for path in ("d", "d/*.csv"):
        code, _, err = cli("compute", "mse", path, path, "-o", "d/b.csv")
        assert code == 2
        assert "is an input; it is not overwritten" in err


def test_globs_and_shells(process: Any, here: Path) -> None:
    """A path that a shell has expanded to several is a wrong command line; quoted it is one data set."""
    np.save("a1.npy", np.ones(2))
    np.save("a2.npy", np.ones(2))
    ran = process("compute", "mse", "a*.npy", "a*.npy", "--format", "value", cwd=here)
    assert tuple(ran) == (0, "0.0\n", "")


@settings(max_examples=60)
@given(st.text(st.sampled_from("*?[]ad/.=1"), min_size=1, max_size=8))
def test_any_pattern(tmp_path_factory: pytest.TempPathFactory, pattern: str) -> None:
    before = os.getcwd()
    os.chdir(tmp_path_factory.getbasetemp())
    touch("data/a=1/d.csv", "data/a=1/a.csv")
    os.chdir("data")
    try:
        rows(pattern.lstrip("/.") or "*").close()
    except LossCliError as found:
        if not str(found).isprintable():
            pytest.fail(repr(found))
    finally:
        os.chdir(before)


def test_sha256sum_agrees(here: Path) -> None:
    touch("d/a.csv", "d/b.csv")
    from losscli.sources.datasets.file_listing import sha256_of

    try:
        listed = subprocess.run(["sha256sum", "a.csv", "b.csv"], cwd="d", capture_output=True, check=True).stdout
    except FileNotFoundError:
        pytest.skip("there is no sha256sum")
    assert sha256_of("d/*.csv") == sha256_of("d") == hashlib.sha256(listed).hexdigest()
