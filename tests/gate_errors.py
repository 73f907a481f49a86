"""How often `losscli gate` errs, by simulation: `python tests/gate_errors.py [--gates N] [--end-to-end N]`.

For each way in which users call it, gates of a harmless change (how many say *worse*?) and of a rise of exactly the
margin (how many say *not worse*? how many say *worse*, and how many did the message announce?). The populations have
closed forms, so that the truth is known. Rows go through the functions that the gate runs on rows read back; the
end-to-end part writes files and calls the command.
"""

from __future__ import annotations

import argparse
import io
import json
import math
import os
import tempfile
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

import numpy as np

from losscli.api.baseline.kept_rows import KeptRows
from losscli.api.baseline.pairing import judgement_of, paired
from losscli.core import registry
from losscli.core.binding.binding import bind
from losscli.core.sums.state import State
from losscli.stats.comparison.judgement import Estimate, Judgement, apart
from losscli.stats.comparison.verdict import Margin
from losscli.stats.notes import notes_on_power

Array = np.ndarray[Any, Any]
LEVEL = 0.95
UNPAIRED = "two values, without rows"
NOISE = 0.25  # variance of each model's own noise, beside errors of variance 1 that both share


@dataclass(frozen=True)
class Drawn:
    """Squared errors of two models on the same rows, their weights and clusters."""

    base: Array
    cand: Array
    mass: Array
    cluster: Array | None = None


def rows(rng: np.random.Generator, n: int, rise: float) -> Drawn:
    """Plain rows: errors that both share, noise of each model's own; the candidate's mean is 1 + rise of the base's."""
    error = rng.normal(size=n)
    noise = math.sqrt(NOISE) * rng.normal(size=(2, n))
    scale = math.sqrt((1.0 + rise) * (1.0 + NOISE) - NOISE)
    return Drawn((error + noise[0]) ** 2, (scale * error + noise[1]) ** 2, np.ones(n))


def weighted(rng: np.random.Generator, n: int, rise: float) -> Drawn:
    """Rows that are harder also weigh more: a fifth has errors three times as large and weighs four times as much."""
    hard = rng.random(n) < 0.2
    size, mass = np.where(hard, 1.5, 0.5), np.where(hard, 4.0, 1.0)
    error = size * rng.normal(size=n)
    noise = math.sqrt(NOISE) * rng.normal(size=(2, n))
    squares, weight = 0.2 * 4.0 * 1.5**2 + 0.8 * 0.5**2, 0.2 * 4.0 + 0.8
    scale = math.sqrt(((1.0 + rise) * (squares + NOISE * weight) - NOISE * weight) / squares)
    return Drawn(mass * (error + noise[0]) ** 2, mass * (scale * error + noise[1]) ** 2, mass)


def clustered(rng: np.random.Generator, n: int, rise: float) -> Drawn:
    """Users of eight rows, each with an error and noise of its own that all its rows share."""
    user = np.arange(n) // 8
    count = int(user[-1]) + 1
    error = (rng.normal(size=count)[user] + rng.normal(size=n)) / math.sqrt(2.0)
    noise = math.sqrt(NOISE / 2.0) * (rng.normal(size=(2, count))[:, user] + rng.normal(size=(2, n)))
    scale = math.sqrt((1.0 + rise) * (1.0 + NOISE) - NOISE)
    return Drawn((error + noise[0]) ** 2, (scale * error + noise[1]) ** 2, np.ones(n), user)


def weighted_clustered(rng: np.random.Generator, n: int, rise: float) -> Drawn:
    """Users of eight rows; a fifth of them have errors three times as large and weigh four times as much."""
    user = np.arange(n) // 8
    hard = (rng.random(n) < 0.2)[8 * user]
    size, mass = np.where(hard, 1.5, 0.5), np.where(hard, 4.0, 1.0)
    count = int(user[-1]) + 1
    error = size * (rng.normal(size=count)[user] + rng.normal(size=n)) / math.sqrt(2.0)
    noise = math.sqrt(NOISE / 2.0) * (rng.normal(size=(2, count))[:, user] + rng.normal(size=(2, n)))
    squares, weight = 0.2 * 4.0 * 1.5**2 + 0.8 * 0.5**2, 0.2 * 4.0 + 0.8
    scale = math.sqrt(((1.0 + rise) * (squares + NOISE * weight) - NOISE * weight) / squares)
    return Drawn(mass * (error + noise[0]) ** 2, mass * (scale * error + noise[1]) ** 2, mass, user)


def blocks(rng: np.random.Generator, n: int, rise: float) -> Drawn:
    """A series whose errors follow each other (AR(1), 0.8), in blocks of 40 rows."""
    error, noise = _series(rng, n), math.sqrt(NOISE) * np.stack([_series(rng, n) for _ in range(2)])
    scale = math.sqrt((1.0 + rise) * (1.0 + NOISE) - NOISE)
    return Drawn((error + noise[0]) ** 2, (scale * error + noise[1]) ** 2, np.ones(n), np.arange(n) // 40)


def _series(rng: np.random.Generator, n: int) -> Array:
    rows = rng.normal(size=n)
    for i in range(1, n):
        rows[i] = 0.8 * rows[i - 1] + 0.6 * rows[i]
    return rows


def close(rng: np.random.Generator, n: int, rise: float) -> Drawn:
    """Models that differ by nearly the same on every row: the base's mean errs far more than the difference."""
    base = rng.normal(size=n) ** 2
    return Drawn(base, base + rise + 0.002 * rng.normal(size=n), np.ones(n))


@dataclass(frozen=True)
class Call:
    """A way to call the gate: the population, the loss, whether the candidate's rows come in another order."""

    name: str
    draw: Callable[[np.random.Generator, int, float], Drawn]
    margin: float
    n: int = 400
    loss: str = "mse"
    shuffled: bool = False
    kept: bool = True  # whether both kept their rows


CALLS = (
    Call("rows in order", rows, 0.1),
    Call("joined, in another order", rows, 0.1, shuffled=True),
    Call("weighted", weighted, 0.1, n=800, shuffled=True),
    Call("clustered", clustered, 0.15, n=800, shuffled=True),
    Call("weighted and clustered", weighted_clustered, 0.15, n=1600, shuffled=True),
    Call("a series in blocks", blocks, 0.15, n=2000),
    Call("l2", rows, 0.05, loss="l2"),
    Call("rmse", rows, 0.05, loss="rmse"),
    Call("nearly the same on every row", close, 0.02),
    Call(UNPAIRED, rows, 0.25, kept=False),
)


@dataclass
class Errors:
    """What became of so many gates."""

    gates: int
    alarms: int = 0  # harmless changes called worse
    missed: int = 0  # rises of the margin called not worse
    caught: int = 0  # rises of the margin called worse
    doubted: int = 0  # rises of the margin whose power a note doubts
    announced: list[float] = field(default_factory=list)

    @property
    def power(self) -> float:
        """The announced power, on average."""
        return float(np.mean(self.announced))


def judged(call: Call, rng: np.random.Generator, rise: float) -> Judgement:
    """What the gate makes of one draw."""
    truth = (1.0 + rise) ** 2 - 1.0 if call.loss in ("l2", "rmse") else rise  # of roots
    drawn = call.draw(rng, call.n, truth)
    order = rng.permutation(call.n) if call.shuffled else np.arange(call.n)
    shapes = {"pred": (None,), "label": (None,)}
    if call.draw in (weighted, weighted_clustered):
        shapes["weight"] = (None,)
    bound = bind(registry.find(call.loss), shapes)
    if not call.kept:
        sides = [_estimate(bound, terms, drawn.mass) for terms in (drawn.base, drawn.cand)]
        return apart(*sides, margin=Margin(0.0, call.margin), level=LEVEL, rows=call.n)
    places = np.arange(call.n)
    before = KeptRows(drawn.base[:, None], drawn.mass, places, drawn.cluster, 0, False)
    cluster = None if drawn.cluster is None else drawn.cluster[order]
    now = KeptRows(drawn.cand[order, None], drawn.mass[order], places[order], cluster, 0, False)
    return judgement_of(paired(before, now), bound, Margin(0.0, call.margin), LEVEL)


def _estimate(bound: Any, terms: Array, mass: Array) -> Estimate:
    state = State.of([terms], None if bool(np.all(mass == 1.0)) else mass)
    return Estimate(bound.reduction.means(state)[0], bound.reduction.stderr(state, None))


def errors(call: Call, gates: int, seed: int = 0) -> Errors:
    """So many gates of a harmless change, and of a rise of the margin."""
    # how many rows would be needed is no part of a verdict, and takes most of the time
    with patch("losscli.stats.comparison.judgement.needed", return_value=None):
        return _errors(call, gates, np.random.default_rng([seed, sum(map(ord, call.name))]))


def _errors(call: Call, gates: int, rng: np.random.Generator) -> Errors:
    counted = Errors(gates)
    for _ in range(gates):
        harmless = judged(call, rng, 0.0)
        counted.alarms += harmless.verdict(harmless.outcome.p_value, LEVEL) == "worse"
        rise = judged(call, rng, call.margin)
        verdict = rise.verdict(rise.outcome.p_value, LEVEL)
        counted.missed += verdict == "not worse"
        counted.caught += verdict == "worse"
        counted.doubted += bool(notes_on_power(call.loss, rise))
        counted.announced.append(rise.power or 0.0)  # none is announced where one row carries the spread: no verdict
    return counted


# -- end to end ----------------------------------------------------------------------------------------------------


def command(*words: Any) -> tuple[int, str]:
    """The exit code and the output of a command line, in this process."""
    from losscli.cli.main import run

    out = io.StringIO()
    with redirect_stdout(out), redirect_stderr(io.StringIO()):
        code = run([str(word) for word in words])
    return code, out.getvalue()


def end_to_end(gates: int, seed: int = 0) -> Errors:
    """Predictions joined with labels by id, in another order in either file, and clustered; reports, rows, the gate."""
    rng = np.random.default_rng([seed, 99])
    counted = Errors(gates)
    margin, here = 0.15, os.getcwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            for _ in range(gates):
                counted.alarms += _gated(rng, 0.0, margin)[0] == "worse"
                verdict, power = _gated(rng, margin, margin)
                counted.missed += verdict == "not worse"
                counted.caught += verdict == "worse"
                counted.announced.append(power)
        finally:
            os.chdir(here)
    return counted


def _gated(rng: np.random.Generator, rise: float, margin: float) -> tuple[str, float]:
    n = 800
    drawn = clustered(rng, n, rise)
    labels = rng.normal(size=n)
    _table("labels.csv", np.arange(n), label=labels, user=drawn.cluster)
    for name, squares in (("base", drawn.base), ("cand", drawn.cand)):
        order = rng.permutation(n)
        _table(f"{name}.csv", order, pred=(labels + np.sqrt(squares))[order])
        words = ["--join", "id", "--pred", "pred", "--label", "label", "--cluster", "labels.csv::user"]
        code, _ = command(
            "compute", "mse", f"{name}.csv", "labels.csv", *words, "--per-sample", f"{name}.npy", "-o", f"{name}.json"
        )
        assert code == 0
    _, out = command("gate", "cand.json", "--baseline", "base.json", "--margin", f"{100 * margin:g}%", "--json")
    (check,) = json.loads(out)["results"][0]["checks"]
    assert "paired by rows (800 in 100 clusters" in check["message"], check["message"]
    verdict = check["message"].partition(":")[0]
    return verdict, math.nan


def _table(path: str, ids: Array, **columns: Any) -> None:
    names = list(columns)
    lines = [",".join(["id", *names])]
    lines += [
        ",".join([str(i), *(repr(float(columns[name][k])) for name in names)]) for k, i in enumerate(ids.tolist())
    ]
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


def table(found: Sequence[tuple[str, Errors]]) -> str:
    """The results as a table in Markdown."""
    lines = [
        "| | harmless, called worse | rise of the margin, called not worse | called worse: announced | caught |",
        "|---|---:|---:|---:|---:|",
    ]
    for name, each in found:
        announced = "" if math.isnan(each.power) else f"{100 * each.power:.1f} %"
        if name == UNPAIRED:
            announced = f"at {'most' if each.power < 0.5 else 'least'} {announced}"
        shares = [f"{100 * count / each.gates:.1f} %" for count in (each.alarms, each.missed, each.caught)]
        lines.append(f"| {name} | {shares[0]} | {shares[1]} | {announced} | {shares[2]} |")
    return "\n".join(lines)


def main() -> None:
    """Simulate, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])  # type: ignore[union-attr]
    parser.add_argument("--gates", type=int, default=2000, help="gates of each way")
    parser.add_argument("--end-to-end", type=int, default=200, help="gates through files and the command line")
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    found = [(call.name, errors(call, chosen.gates, chosen.seed)) for call in CALLS]
    if chosen.end_to_end:
        found.append(("joined and clustered, through files", end_to_end(chosen.end_to_end, chosen.seed)))
    print(table(found))


if __name__ == "__main__":
    main()
