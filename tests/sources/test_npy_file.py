"""NPY and NPZ files: what NumPy writes is read as NumPy reads it."""

from __future__ import annotations

import io
from pathlib import Path

import hostile_npy
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from npy_arrays import Array, check, same

from losscli.core.errors import DataProblem, UsageProblem
from losscli.sources.formats.npy.npy_file import NpyStream, NpyTable
from losscli.sources.formats.npz.npz_file import NpzTable
from losscli.sources.table import Pick

WIDE = ("i2", "i4", "i8", "u2", "u4", "u8", "f2", "f4", "f8")
DTYPES = [order + kind for order in "<>" for kind in WIDE] + [
    "|b1",
    "|i1",
    "|u1",
]
SIZES = (1, 2, 3, 7, 1000)


@st.composite
def valid(draw: st.DrawFn) -> Array:
    dtype = np.dtype(draw(st.sampled_from(DTYPES)))
    shape = draw(arrays.array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=6))
    array = draw(arrays.arrays(np.uint8, (*shape, dtype.itemsize))).view(dtype).reshape(shape)
    if dtype.kind == "b":
        array = array.view(np.uint8).astype(bool)
    return np.asfortranarray(array) if draw(st.booleans()) else array


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("npy")


@given(valid(), st.sampled_from([(1, 0), (2, 0), (3, 0)]), st.sampled_from(SIZES), st.data())
@settings(max_examples=80)
def test_every_valid_file_is_what_np_load_reads(
    folder: Path, array: Array, version: tuple[int, int], size: int, data: st.DataObject
) -> None:
    held = io.BytesIO()
    np.lib.format.write_array(held, array, version)
    check(held.getvalue(), folder, size, data.draw(st.integers(0, array.ndim - 1), label="row axis"))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("order", ["C", "F"])
def test_every_type_in_both_orders(folder: Path, dtype: str, order: str) -> None:
    raw = np.random.default_rng(0).integers(0, 256, (50, 3, 2, np.dtype(dtype).itemsize), dtype=np.uint8)
    array = raw.view(dtype)[..., 0] if dtype != "|b1" else raw[..., 0] > 99
    for axis in (0, 1, 2):
        check(hostile_npy.saved(np.array(array, order=order)), folder, 7, axis)


@given(
    st.permutations(["'descr': '<f8'", "'fortran_order': False", "'shape': (2, 4)"]),
    st.lists(st.sampled_from(["", " ", "  ", "\t", "\n"]), min_size=8, max_size=8),
    st.sampled_from(["", ","]),
    st.sampled_from("'\""),
    st.sampled_from([1, 2, 3]),
)
@settings(max_examples=80)
def test_odd_but_legal_headers(
    folder: Path, keys: list[str], gaps: list[str], last: str, quote: str, version: int
) -> None:
    gap = iter(gaps)
    inner = ("," + next(gap)).join(f"{next(gap)}{key}" for key in keys)
    text = f"{{{inner}{last}{next(gap)}}}{next(gap)}".replace("'", quote).replace(": ", f"{next(gap)}: ")
    text = text.replace("(2, 4)", f"({next(gap)}2,4{last})")
    check(hostile_npy.npy(text=text, version=version), folder, 1)


def test_rows_of_odd_widths_across_many_blocks(folder: Path) -> None:
    tall = np.arange(30_003, dtype=">i4").reshape(10_001, 3)
    for array in (np.arange(70_001.0), tall, np.arange(4000.0).reshape(2, 2000)):
        for turned in (array, np.asfortranarray(array)):
            check(hostile_npy.saved(turned), folder, 4096)


def test_several_roles_of_one_archive_and_of_one_file(tmp_path: Path) -> None:
    a, b = np.arange(10.0), np.arange(20).reshape(2, 10).T
    np.savez(tmp_path / "x.npz", a=a, b=b)
    table = NpzTable(str(tmp_path / "x.npz"), "x.npz")
    for _ in range(2):  # archives are read as often as need be
        blocks = [load() for load in table.blocks({"p": Pick(("a",)), "q": Pick(("b",))}, 4)]
        assert [len(block.arrays["q"]) for block in blocks] == [4, 4, 2]
        same(np.concatenate([block.arrays["p"] for block in blocks]), a)
        same(np.concatenate([block.arrays["q"] for block in blocks]), b)
    table.close()
    np.save(tmp_path / "x.npy", b)
    file = NpyTable(str(tmp_path / "x.npy"), "x.npy")
    (block,) = (load() for load in file.blocks({"p": Pick(), "q": Pick()}, 100))
    same(block.arrays["p"], b)
    same(block.arrays["q"], b)
    file.close()


def test_a_stream_is_one_role_and_has_no_columns() -> None:
    stream = NpyStream(io.BytesIO(hostile_npy.npy()), "standard input")
    with pytest.raises(UsageProblem, match="cannot be both p and q"):
        next(stream.blocks({"p": Pick(), "q": Pick()}, 4))
    with pytest.raises(UsageProblem, match="without column names"):
        stream.describe(Pick(("a",)))
    with pytest.raises(DataProblem, match="no axis 1"):
        stream.describe(Pick(row_axis=1))
