"""CSV and TSV of a decomposition: a row for the whole and one for each group, columns in one order for ever."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..decomposition import Decomposition, GroupPart
from ..renderers.as_csv import key_cell, ready, written

COLUMNS = (
    "loss", "spelling", "base_name", "cand_name", "base", "cand", "difference", "stderr", "ci_level", "ci_low",
    "ci_high", "p_value", "p_adjusted", "verdict", "contribution", "within", "within_stderr", "within_low",
    "within_high", "mix", "n_base", "n_cand", "share_base", "share_cand", "convention", "unit", "signature",
)  # fmt: skip


def render(found: Decomposition) -> str:
    """The lines with commas."""
    return _render(found, ",")


def render_tsv(found: Decomposition) -> str:
    """The same with tabs."""
    return _render(found, "\t")


def _render(found: Decomposition, delimiter: str) -> str:
    heads = [*COLUMNS, *ready([f"by {column}" for column in found.by])]
    return written([heads, *(ready(line) for line in _lines(found))], delimiter)


def _lines(found: Decomposition) -> Iterator[list[Any]]:
    """The whole, its groups, and those too small to be listed together."""
    shared = {
        "loss": found.loss, "spelling": found.spelling, "base_name": found.names[0], "cand_name": found.names[1],
        "ci_level": found.confidence, "convention": found.convention, "unit": found.unit,
        "signature": found.signature,
    }  # fmt: skip
    ci = found.ci or {}
    whole = {
        "base": found.base, "cand": found.cand, "difference": found.difference, "stderr": found.stderr,
        "ci_low": ci.get("low"), "ci_high": ci.get("high"), "p_value": found.p_value, "verdict": found.verdict,
        "contribution": found.difference, "within": found.within, "mix": found.mix, "n_base": found.n[0],
        "n_cand": found.n[1], "share_base": 1.0, "share_cand": 1.0,
    }  # fmt: skip
    nothing = [None] * len(found.by)
    yield [*({**shared, **whole}.get(name) for name in COLUMNS), *nothing]
    for part in found.groups:
        keys = [key_cell(part.by[column], True) for column in found.by]
        yield [*({**shared, **_of(part)}.get(name) for name in COLUMNS), *keys]
    if (rest := found.rest) is not None:
        own = {
            "contribution": rest.within + rest.mix, "within": rest.within, "mix": rest.mix, "n_base": rest.rows[0],
            "n_cand": rest.rows[1],
        }  # fmt: skip
        words = [f"{rest.groups} of fewer than {rest.min_n} rows", *nothing[1:]]
        yield [*({**shared, **own}.get(name) for name in COLUMNS), *words]


def _of(part: GroupPart) -> dict[str, Any]:
    ci, within = part.ci or {}, part.within_ci or {}
    return {
        "base": part.base, "cand": part.cand, "difference": part.difference, "stderr": part.stderr,
        "ci_low": ci.get("low"), "ci_high": ci.get("high"), "p_value": part.p_value, "p_adjusted": part.p_adjusted,
        "verdict": part.verdict, "contribution": part.contribution, "within": part.within,
        "within_stderr": part.within_stderr, "within_low": within.get("low"), "within_high": within.get("high"),
        "mix": part.mix, "n_base": part.n[0], "n_cand": part.n[1], "share_base": part.shares[0],
        "share_cand": part.shares[1],
    }  # fmt: skip
