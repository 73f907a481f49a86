"""The arrays that everyone is timed on, by name and seed; and files of them, written a block at a time."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]

# name of the row: (name of the loss, shape of the predictions)
SHAPES: dict[str, tuple[str, tuple[int, ...]]] = {
    "mse": ("mse", (10_000_000,)),
    "mae": ("mae", (10_000_000,)),
    "huber": ("huber", (10_000_000,)),
    "hinge": ("hinge", (10_000_000,)),
    "sigmoid CE": ("sigmoid_cross_entropy", (10_000_000,)),
    "focal": ("focal", (10_000_000,)),
    "KL 1M x 10": ("kl_divergence", (1_000_000, 10)),
    "dice 64 x 512 x 512": ("dice", (64, 512, 512)),
    "softmax CE 1M x 10": ("softmax_cross_entropy", (1_000_000, 10)),
    "softmax CE 500k x 100": ("softmax_cross_entropy", (500_000, 100)),
    "softmax CE 100k x 1000": ("softmax_cross_entropy", (100_000, 1000)),
    "softmax focal 1M x 10": ("focal", (1_000_000, 10)),
    "softmax focal 500k x 100": ("focal", (500_000, 100)),
    "softmax focal 100k x 1000": ("focal", (100_000, 1000)),
    "CTC 200 x 64 x 50": ("ctc", (64, 200, 50)),
    "CTC 200 x 64 x 50, log-probs": ("ctc", (64, 200, 50)),
}
LABELS_OF_CTC = 20


@dataclass
class Case:
    """One loss on one pair of arrays. `work` counts the exponentials and logarithms that no method avoids."""

    key: str
    loss: str
    pred: Array
    label: Array
    params: dict[str, Any] = field(default_factory=dict)
    work: dict[str, int] = field(default_factory=dict)

    @property
    def dtype(self) -> str:
        return str(self.pred.dtype)

    @property
    def softmax(self) -> bool:
        """Whether the labels are class numbers beside a row of logits."""
        return self.loss == "softmax_cross_entropy" or (self.loss == "focal" and self.pred.ndim == 2)

    @property
    def kind(self) -> str:
        """The name under which peers have their own version of this case."""
        return "softmax_focal" if self.softmax and self.loss == "focal" else self.loss

    def small_labels(self) -> Array | None:
        """The same labels as bytes, where they are 0 and 1."""
        hard = self.kind in ("sigmoid_cross_entropy", "focal", "dice")
        return self.label.astype(np.uint8) if hard else None

    def floor(self, speeds: dict[str, Any], precision: str) -> float:
        """The seconds below which no program gets on this machine: reading, or exponentials, whichever is more."""
        reading = (self.pred.nbytes + self.label.nbytes) / speeds["bandwidth"]
        counting = sum(count / speeds["rates"][f"{name} {precision}"] for name, count in self.work.items())
        return max(reading, counting)


def make(key: str, dtype: str, quick: bool) -> Case:
    """The arrays of a name; `quick` has a hundredth of the elements."""
    loss, shape = SHAPES[key]
    if quick:
        shape = _small(loss, shape)
    rng = np.random.default_rng(20240229)
    kind = np.dtype(dtype)
    pred = rng.standard_normal(shape, dtype=kind.type)
    size, rows = pred.size, len(pred)
    if loss in ("mse", "mae", "huber"):
        return Case(key, loss, pred, rng.standard_normal(shape, dtype=kind.type))
    if loss == "kl_divergence":
        work = {"log": size}
        return Case(key, loss, _softmax(2 * pred), _softmax(2 * rng.standard_normal(shape, dtype=kind.type)), work=work)
    pred *= 2
    if loss == "ctc":
        label = rng.integers(1, shape[2], size=(rows, LABELS_OF_CTC))
        if "log-probs" in key:
            return Case(key, loss, np.log(_softmax(pred)), label, {"input": "logprobs"}, {"exp": size})
        return Case(key, loss, pred, label, work={"exp": size})
    if loss == "softmax_cross_entropy" or len(shape) == 2:
        return Case(key, loss, pred, rng.integers(0, shape[1], size=rows), work={"exp": size, "log": rows})
    chance = rng.random(shape, dtype=kind.type)
    if loss == "hinge":
        return Case(key, loss, pred, np.where(chance < 0.4, 1, -1).astype(kind))
    label = (chance < 0.4).astype(kind)
    if loss == "dice":
        return Case(key, loss, 1 / (1 + np.exp(-pred)), label)
    return Case(key, loss, pred, label, work={"exp": size, "log1p": size})


def _small(loss: str, shape: tuple[int, ...]) -> tuple[int, ...]:
    if loss == "dice":
        return (shape[0], shape[1] // 10, shape[2] // 10)
    if loss == "ctc":
        return (8, 60, shape[2])
    return (shape[0] // 100, *shape[1:])


def _softmax(x: Array) -> Array:
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return np.asarray(e / e.sum(axis=-1, keepdims=True))


def _blocks(rows: int, seed: int, block: int = 1 << 20) -> Any:
    rng = np.random.default_rng(seed)
    for start in range(0, rows, block):
        yield rng, min(block, rows - start)


def write_npy(path: str, rows: int, dtype: str, seed: int, binary: bool) -> None:
    """One column of normals, or of 0 and 1, as an NPY file."""
    with open(path, "wb") as file:
        header = {"descr": np.dtype(dtype).str, "fortran_order": False, "shape": (rows,)}
        np.lib.format.write_array_header_1_0(file, header)
        for rng, count in _blocks(rows, seed):
            values = rng.standard_normal(count, dtype=np.float32)
            (values > 0 if binary else values).astype(dtype).tofile(file)


def write_table(path: str, rows: int, columns: list[str], digits: int | None) -> None:
    """Columns of normals as Parquet or CSV; `digits` rounds, so that CSV is as long as people's files are."""
    import pyarrow as pa
    from pyarrow import csv, parquet

    schema = pa.schema([(name, pa.float64()) for name in columns])
    with open(path, "wb") as file:
        parquet_file = path.endswith(".parquet")
        writer = parquet.ParquetWriter(file, schema) if parquet_file else csv.CSVWriter(file, schema)
        with writer:
            for rng, count in _blocks(rows, 7):
                arrays = [rng.standard_normal(count) for _ in columns]
                arrays = arrays if digits is None else [a.round(digits) for a in arrays]
                writer.write_table(pa.table(dict(zip(columns, arrays, strict=True)), schema=schema))


def main() -> None:
    """Write one file, for launchers that must not import NumPy."""
    options = argparse.ArgumentParser(description=main.__doc__)
    options.add_argument("path")
    options.add_argument("rows", type=int)
    options.add_argument("--dtype", default="float64")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--binary", action="store_true")
    options.add_argument("--columns", default="pred,label")
    options.add_argument("--digits", type=int)
    given = options.parse_args()
    if given.path.endswith(".npy"):
        write_npy(given.path, given.rows, given.dtype, given.seed, given.binary)
    else:
        write_table(given.path, given.rows, given.columns.split(","), given.digits)


if __name__ == "__main__":
    main()
