"""Reports of two models with the rows that they kept, for gates: `prepared`, `maker` and `gater` are made fixtures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest

N = 400
RNG = np.random.default_rng(1)
LABEL = RNG.normal(size=N)
ERROR = RNG.normal(size=N)
BASE = LABEL + ERROR
SAME = BASE + 0.01 * RNG.normal(size=N)
WORSE = LABEL + 1.05 * ERROR  # mse is 10 % higher: not to be seen in two values of 400 rows
WEIGHT = RNG.uniform(0.1, 3.0, size=N)
USER = np.arange(N) // 8
ORDER = np.random.default_rng(2).permutation(N)


def prepared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with the labels and weights of all tests, and a folder for each report."""
    monkeypatch.chdir(tmp_path)
    for name in ("main", "change"):
        (tmp_path / name).mkdir()
    np.save("y.npy", LABEL)
    np.save("w.npy", WEIGHT)
    pandas.DataFrame({"id": np.arange(N), "label": LABEL, "w": WEIGHT}).to_csv("labels.csv", index=False)
    return tmp_path


def maker(cli: Any, folder: Path) -> Any:
    """Writes report.json and rows into one of the two folders; predictions are an array or a table."""

    def make(where: str, pred: Any, *words: Any, loss: str = "mse", rows: str = "rows.npy") -> None:
        if isinstance(pred, pandas.DataFrame):
            pred.to_csv(f"{where}/p.csv", index=False)
            files = [f"{where}/p.csv", *words]
        else:
            np.save(f"{where}/p.npy", pred)
            files = [f"{where}/p.npy", "y.npy", *words]
        kept = ["--per-sample", f"{where}/{rows}"] if rows else []
        ran = cli("compute", loss, *files, *kept, "--json", "-o", f"{where}/report.json")
        assert ran.code == 0, ran.err

    return make


def gater(cli: Any, folder: Path) -> Any:
    """The exit code, and the message of the one check, of the change beside main."""

    def gate(*words: Any, report: str = "change/report.json", baseline: str = "main/report.json") -> tuple[int, str]:
        ran = cli("gate", report, "--baseline", baseline, "--margin", "1%", *words, "--json")
        checks = [check for result in json.loads(ran.out)["results"] for check in result["checks"]]
        return ran.code, checks[0]["message"]

    return gate


def table(pred: Any, **more: Any) -> pandas.DataFrame:
    """Predictions with keys and clusters."""
    return pandas.DataFrame({"id": np.arange(N), "pred": pred, "user": USER, **more})


JOINED = ("labels.csv", "--join", "id", "--pred", "pred", "--label", "label")
ONE_FILE = ("--pred", "pred", "--label", "label")
