"""Small files of every kind, on which the commands of hints are run."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import feather, parquet

P = [0.9, 0.2, 0.7, 0.4]
Y = [1, 0, 1, 0]
THREE = [[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.2, 0.2, 0.6], [0.6, 0.3, 0.1]]
WORDS = ["cat", "dog", "emu", "cat"]
RNG = np.random.default_rng(0)

ARRAYS: dict[str, Any] = {
    "p.npy": np.array(P),
    "y.npy": np.array(Y),
    "z.npy": np.array([2.5, -1.0, 0.5, -0.5]),
    "signs.npy": np.array([1, -1, 1, -1]),
    "log.npy": np.log(np.array(P)),
    "three.npy": np.array(THREE),
    "logthree.npy": np.log(np.array(THREE)),
    "classes.npy": np.array([0, 1, 2, 0]),
    "only255.npy": np.array([0, 1, 255, 0]),
    "nan.npy": np.array([0.5, np.nan, 0.25, 0.75]),
    "mask.npy": RNG.random((5, 5)),
    "column.npy": RNG.random((5, 1)),
    "truth.npy": RNG.integers(0, 2, (5, 5)),
    "square.npy": RNG.normal(size=(2, 3, 3)),
    "truth3.npy": np.array([[1, 0, 1], [0, 1, 0], [0, 0, 1], [1, 1, 0]]),
    "squares.npy": RNG.integers(0, 3, (2, 3)),
    "wide.npy": RNG.normal(size=(4, 3)),
    "listed.npy": np.array([[0, 2, -1], [1, -1, -1], [0, 1, 2], [2, -1, -1]]),
    "rates.npy": np.array([-1.0, 2.0, 0.5, 1.0]),
    "counts.npy": np.array([1, 4, 2, 3]),
    "animals.npy": np.array(WORDS),
    "steps.npy": RNG.normal(size=(6, 2, 4)),
    "sequences.npy": np.array([[1, 2], [3, 1]]),
    "eyes.npy": np.array([np.eye(3), np.eye(3)]),
    "logprobs.npy": -RNG.random((4, 3)),
}
TABLES: dict[str, dict[str, list[Any]]] = {
    "words": {"score": P, "kind": ["no", "yes", "yes", "no"]},
    "animals": {"id": [4, 5, 6, 7], "a": [x[0] for x in THREE], "b": [x[1] for x in THREE], "c": [x[2] for x in THREE],
                "animal": WORDS},
    "classes": {"p_0": [x[0] for x in THREE], "p_1": [x[1] for x in THREE], "p_2": [x[2] for x in THREE],
                "y": [0, 1, 2, 0]},
    "two": {"yhat": P, "score": [3.0, -1.0, 2.0, 0.5], "label": Y},
    "unknown": {"id": [1, 2, 3, 4], "left": P, "right": P[::-1]},
    "text": {"name": ["a", "b", "c", "d"], "value": P, "label": Y},
    "gap": {"pred": [0.5, None, 0.25, 0.75], "label": Y},
    "ours": {"id": [1, 2, 3, 4], "pred": P},
    "fewer": {"id": [3, 1, 2], "label": [1, 0, 1]},
    "twice": {"id": [1, 2, 3, 4, 4], "pred": [*P, 0.4]},
    "theirs": {"id": [4, 3, 2, 1], "label": Y},
    "hard": {"prediction": [1.0, 0.0, 1.0, 0.0], "probability": P, "label": Y},
    "others": {"id": [1, 2, 3, 4, 4], "pred": [*P, 0.5]},
    "forecast": {"id": ["a", "a", "b", "b"], "pred": P, "label": Y},
    "past": {"id": ["a", "a", "a", "b", "b", "b"], "value": [1.0, 3.0, 2.0, 5.0, 4.0, 8.0]},
    "levels": {"q0.1": P, "q0.9": [x + 1 for x in P], "label": Y},
    "boxes": {"pred_x": P, "pred_y": P, "true_x": P, "true_z": P},
}  # fmt: skip
TEXTS = {
    "semicolons.csv": "pred;label\n0,5;1,5\n0,25;0,5\n",
    "comma.csv": 'pred,label\n"0,5",1\n"0,25",0\n',
    "quotes.csv": 'pred,label,said\n0.5,1,"so\n0.25,0,it"\n0.5,1,x\n',
    "blank.csv": "\n1\n3\n2\n",
    "either.csv": "0,1,2\n0.5,1,2\n0.25,0,1\n",
    "dots.csv": "pred,label\n0.5,1\n0.25,0\n",
    "bare.csv": 'pred,label,said\n0.5,1,"a" b\n0.25,0,c\n',
    "escaped.csv": 'pred,label,said\n0.5,1,"a \\\\"b\\\\", c"\n0.25,0,c\n'.replace("\\\\", "\\"),
    "thin.csv": "pred;label\n0.5;1\n0.25;0\n",
}


def save(folder: Path) -> None:
    for name, array in ARRAYS.items():
        np.save(folder / name, array)
    np.save(folder / "p2.npy", np.array(P[::-1]))
    for name, columns in TABLES.items():
        table = pa.table(columns)
        parquet.write_table(table, folder / f"{name}.parquet")
        feather.write_feather(table, str(folder / f"{name}.arrow"))
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            rows = zip(*columns.values(), strict=True)
            csv.writer(file).writerows([columns, *(["" if cell is None else cell for cell in row] for row in rows)])
    for name, text in TEXTS.items():
        (folder / name).write_text(text, encoding="utf-8")
