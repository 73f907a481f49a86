"""Mistakes whose hints need a word of the files at hand, each with what its hint makes of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from hint_files import RNG, P, Y

# each mistake, and indented below it the commands that its hint leads to
TABLE = Path(__file__).with_suffix(".txt")
ARRAYS: dict[str, Any] = {
    "wide2.npy": RNG.normal(size=(4, 3)),
    "zeros.npy": np.zeros((4, 3)),
    "cosines.npy": np.clip(RNG.normal(size=(4, 3)), -1, 1),
    "centers.npy": RNG.normal(size=(3, 3)),
    "scales.npy": np.array([1.0, 2.0, 1.0, 2.0]),
    "half.npy": np.array([0.5, 1.0, 2.0, 3.0]),
    "five.npy": np.sort(RNG.random((4, 5)), axis=1),
    "blanks.npy": np.array([[1, 0], [3, 1]]),
    "lengths.npy": np.array([1, 2]),
    "cube.npy": RNG.normal(size=(2, 5, 3)),
    "tokens.npy": RNG.integers(0, 3, (2, 5)),
    "image.npy": RNG.random((2, 3, 4, 3)),
    "imagey.npy": RNG.integers(0, 2, (2, 3, 4, 3)),
    "channel.npy": RNG.normal(size=(2, 1, 3, 3)),
    "channely.npy": RNG.integers(0, 2, (2, 1, 3, 3)),
    "two.npy": np.array([0.5, 0.75]),
    "fill.npy": np.array([[1, 2], [3, -1]]),
    "far.npy": np.array([0, 10**10, 1, 2]),
    "stack/p0.npy": RNG.random((4, 3)),
    "stack/p1.npy": RNG.random((4, 3)),
    "stacky/y0.npy": RNG.integers(0, 2, (4, 3)),
    "stacky/y1.npy": RNG.integers(0, 2, (4, 3)),
}
REGIONS = [*"aabbccaabbcc"]
BIG = {"region": RNG.choice([*"abcd"], 400), "age": RNG.integers(0, 9, 400), "pred": RNG.normal(size=400)}
TABLES: dict[str, dict[str, Any]] = {
    "tasks": {"a": P, "b": P, "y": Y, "y2": Y},
    "short": {"id": [*"aabb"], "value": [1.0, 2.0, 3.0, 4.0]},
    "flat": {"id": [*"aaabbb"], "value": [1, 1, 1, 2, 2, 2]},
    "days": {"day": [*"aabb"], "value": [1.0, 2.0, 3.0, 4.0]},
    "answers": {
        "c": [-1.0, -2.0, -3.0, -1.0], "r": [-2.0, -2.0, -5.0, -1.0], "cc": [-1.5, -2.0, -3.0, -1.0],
        "rr": [-1.0, -2.0, -3.0, -1.0], "chosen_tokens": [3, 4, 5, 6], "rejected_tokens": [4, 4, 5, 5],
    },
    "bounds": {"low": [0.0, 1.0, 2.0, 0.0], "high": [1.0, 2.0, 3.0, 4.0], "label": [0.5, 1.0, 4.0, 2.0]},
    "members": {"member_1": P, "member_2": P[::-1], "member_3": P, "label": P[::-1]},
    "by": {"region": REGIONS, "pred": RNG.random(12), "label": RNG.random(12)},
    "big": {**BIG, "label": np.zeros(400)},
    "infinite": {**BIG, "age": [0, *BIG["age"][1:]], "pred": [np.inf, *BIG["pred"][1:]], "label": np.zeros(400)},
    "holes": {**BIG, "pred": [float("nan"), *BIG["pred"][1:]], "label": np.zeros(400)},
}  # fmt: skip
TABLES["by2"] = {**TABLES["by"], "pred": RNG.random(12)}
TEXTS = {
    "ragged.jsonl": '{"pred":[1,2],"label":[1,1]}\n{"pred":[1],"label":[2]}\n',
    "plain.toml": "[other]\n",
    "suite.toml": "loss = ['mse']\n[reports]\njson = 'sub/../x.json'\n[[data]]\npred = 'p.npy'\nlabel = 'y.npy'\n",
    "bad.json": "{}",
    "broken.toml": "[[[\n",
    "numbers.csv": "1,2\n3,4\n5,6\n7,8\n",
}
REPORTS = {
    "report.json": "compute mse p.npy y.npy --json",
    "by.json": "compute mse by.csv --by region --json",
    "other.json": "compute mse by.csv --json",
    "nohash.json": "compute mse p.npy y.npy --no-hash --json",
    "shard1.json": "compute mse big.csv --where age<5 --partial -o shard1.json",
    "shard2.json": "compute mse big.csv --where age>=5 --partial -o shard2.json",
    "batch1.json": "compute supcon wide.npy classes.npy --partial -o batch1.json",
    "batch2.json": "compute supcon wide2.npy classes.npy --partial -o batch2.json",
    "hist1.json": "compute mse big.csv --where age<5 --histograms --partial -o hist1.json",
    "compared.json": "compare p.npy p2.npy y.npy -l mse --json",
    "groups2.json": "compute mse big.csv --where age>=5 --by region --partial -o groups2.json",
}


def save_more(folder: Path, run: Callable[..., Any]) -> None:
    """Write the files, and the reports that `run` makes of them, into the current folder."""
    for name, array in ARRAYS.items():
        (folder / name).parent.mkdir(exist_ok=True)
        np.save(folder / name, array)
    for name, columns in TABLES.items():
        lines = [",".join(columns), *(",".join(map(str, row)) for row in zip(*columns.values(), strict=True))]
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    for name, text in TEXTS.items():
        (folder / name).write_text(text, encoding="utf-8")
    for name, command in REPORTS.items():
        ran = run(*command.split())
        assert ran.code == 0, ran.err
        if ran.out:
            (folder / name).write_text(ran.out, encoding="utf-8")


def commands() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each mistake with what its hint makes of it."""
    for each in re.split(r"\n(?! )", TABLE.read_text(encoding="utf-8").strip()):
        mistake, *ways = map(str.strip, each.splitlines())
        yield mistake, tuple(ways)
