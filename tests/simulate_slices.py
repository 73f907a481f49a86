"""How often `losscli slices` lists groups where there are none, and finds those that were planted.

    python tests/simulate_slices.py [SIMULATIONS] [SCENARIO...]

The table is that of docs/slices.md. One binomial standard error of 5 % in 1,000 simulations is 0.7 %.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import losscli

ROWS = 4000
Table = dict[str, Any]


def columns(rng: np.random.Generator, rows: int = ROWS) -> Table:
    """Four columns: words, words that go with them, whole numbers and a skewed measure."""
    region = rng.integers(0, 6, rows)
    city = 3 * region + rng.integers(0, 3, rows)
    return {
        "region": np.array([f"r{i}" for i in range(6)])[region],
        "city": np.array([f"c{i}" for i in range(18)])[city],
        "age": rng.integers(18, 90, rows),
        "income": rng.lognormal(10.0, 1.0, rows),
        "y": np.zeros(rows),
    }


def normal(rng: np.random.Generator) -> tuple[Table, Table]:
    """Squared errors of a normal distribution."""
    return {**columns(rng), "p": rng.normal(size=ROWS)}, {}


def heavy(rng: np.random.Generator) -> tuple[Table, Table]:
    """Errors with a long tail, of which few rows carry most of the loss."""
    return {**columns(rng), "p": rng.standard_t(5, ROWS)}, {}


def skewed_down(rng: np.random.Generator) -> tuple[Table, Table]:
    """Losses that are mostly near their highest value, with a tail of low ones."""
    return {**columns(rng), "p": np.sqrt(np.maximum(10.0 - rng.exponential(size=ROWS), 0.0))}, {}


def rare(rng: np.random.Generator) -> tuple[Table, Table]:
    """A loss of 0 in 97 % of the rows, and of 1 in the others."""
    return {**columns(rng), "p": (rng.random(ROWS) < 0.03).astype(float)}, {}


def weighted(rng: np.random.Generator) -> tuple[Table, Table]:
    """Rows of unequal weight."""
    return {**columns(rng), "p": rng.normal(size=ROWS), "w": rng.lognormal(0.0, 0.7, ROWS)}, {"weight": "w"}


def clustered(rng: np.random.Generator) -> tuple[Table, Table]:
    """Users with about ten rows each, whose errors and columns resemble each other."""
    users = rng.integers(0, ROWS // 10, ROWS)
    own = columns(rng, ROWS // 10)
    table = {name: np.asarray(values)[users] for name, values in own.items()}
    size = np.exp(rng.normal(0.0, 0.5, ROWS // 10))[users]
    return {**table, "p": size * rng.normal(size=ROWS), "user": users}, {"cluster": "user"}


def root(rng: np.random.Generator) -> tuple[Table, Table]:
    """RMSE, a function of a mean."""
    return {**columns(rng), "p": rng.normal(size=ROWS)}, {"loss": "rmse"}


NOISE: dict[str, Callable[[np.random.Generator], tuple[Table, Table]]] = {
    "normal": normal, "heavy": heavy, "skewed_down": skewed_down, "rare": rare, "weighted": weighted,
    "clustered": clustered, "root": root,
}  # fmt: skip


def planted(factor: float) -> Callable[[np.random.Generator], tuple[Table, Table]]:
    """Errors that are larger by a factor in a city's old people, about 1 row in 20, and in a region, 1 in 6."""

    def made(rng: np.random.Generator) -> tuple[Table, Table]:
        table = columns(rng, 3 * ROWS)
        errors = rng.normal(size=3 * ROWS)
        errors[table["region"] == "r1"] *= factor
        errors[_old(table)] *= factor * factor
        truth = np.where(table["region"] == "r1", factor, 1.0) * np.where(_old(table), factor * factor, 1.0)
        return {**table, "p": errors, "truth": truth**2}, {}

    return made


PLANTED = {"planted_1.1": planted(1.1), "planted_1.2": planted(1.2), "planted_1.4": planted(1.4)}
COLUMNS = ["region", "city", "age", "income"]


def found(table: Table, options: Table) -> Any:
    """What `losscli slices` lists."""
    said = dict(options)
    loss = said.pop("loss", "mse")
    return losscli.slices(loss, table, over=COLUMNS, pred="p", label="y", threads=1, **said)


def share_of_noise(name: str, simulations: int) -> tuple[float, float]:
    """In which share of the simulations anything is listed, and how many groups are tested on average."""
    listed, tested = 0, 0
    for seed in range(simulations):
        report = found(*NOISE[name](np.random.default_rng([seed, len(name)])))
        listed += bool(report.slices)
        tested += report.search["tested"]
    return listed / simulations, tested / simulations


def members(table: Table, group: Any) -> Any:
    """Which rows are of a group."""
    inside = np.ones(len(table["p"]), dtype=bool)
    for each in group:
        values = table[each["column"]]
        if "value" in each:
            inside &= values == each["value"]
        else:
            inside &= (values >= (-np.inf if each["low"] is None else each["low"])) & (
                values < (np.inf if each["high"] is None else each["high"])
            )
    return inside


def is_false(table: Table, group: Any) -> bool:
    """Whether a group is truly no worse than the rest, or than what is left of a group with one condition less."""
    inside, truth = members(table, group), table["truth"]
    outer = [np.ones(len(truth), dtype=bool)]
    outer += [members(table, group[:i] + group[i + 1 :]) for i in range(len(group))] if len(group) > 1 else []
    return any(float(truth[inside].mean()) <= float(truth[each & ~inside].mean()) + 1e-12 for each in outer)


def shares_of_planted(name: str, simulations: int) -> tuple[float, float, float]:
    """How often the region is listed, how often the old people of the cities, and the share of false groups."""
    region = old = wrong = listed = 0
    for seed in range(simulations):
        table, options = PLANTED[name](np.random.default_rng([seed, 1]))
        report = found({key: values for key, values in table.items() if key != "truth"}, options)
        region += any(each.name == "region=r1" for each in report)
        old += any(_of_old(table, each.conditions) for each in report)
        wrong += sum(is_false(table, each.conditions) for each in report)
        listed += len(report)
    return region / simulations, old / simulations, wrong / max(listed, 1)


def _of_old(table: Table, group: Any) -> bool:
    """Whether at least half of a group's rows are those of the old people of the two cities."""
    inside = members(table, group)
    return float(np.mean(_old(table)[inside])) > 0.5


def _old(table: Table) -> Any:
    return np.isin(table["city"], ("c9", "c10")) & (table["age"] >= 60)


def main(arguments: Sequence[str]) -> None:
    """Print the rows of the table."""
    simulations = int(arguments[0]) if arguments else 1000
    for name in arguments[1:] or [*NOISE, *PLANTED]:
        if name in NOISE:
            share, tested = share_of_noise(name, simulations)
            print(f"| {name} | {100 * share:.1f} % | {tested:.1f} |", flush=True)
        else:
            region, old, wrong = shares_of_planted(name, simulations)
            print(f"| {name} | {100 * region:.1f} % | {100 * old:.1f} % | {100 * wrong:.1f} % |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
