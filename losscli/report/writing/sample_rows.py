"""The rows of a result, some at a time: what `--per-sample` writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from ...core.record import record
from ...core.scratch import Array


@record
class SampleBlock:
    """Some rows: the rows of the labels' file that they are, weighted terms (n, k), `details`, and kept columns.

    The details are what a comparison of two reports must know of each row, as arrays (n,): the row of the labels' file
    (`row`), what it counts for (`mass`), its cluster (`cluster`), a number for its key (`key`), where only that says
    which row it is, how many equal rows it stands for (`repeats`), and the place of its group in the result's list
    (`group`, -1 for groups that are not listed). The kept columns are Arrow columns.
    """

    row: Array
    terms: Array
    details: Mapping[str, Array]
    kept: list[Any]


@record
class SampleRows:
    """The rows of a result: how many, how many of their terms are written, and what gives them in order.

    `blocks` is called with whether the kept columns are wanted. `details` names those that a file of losses alone does
    not say, with their types. `ignored` rows do not count. `complete` is false where the loss of some rows is NaN by
    policy, which no comparison takes. `close` gives back what the rows wait in.
    """

    count: int
    terms: int
    blocks: Callable[[bool], Iterator[SampleBlock]]
    columns: tuple[str, ...]
    details: Mapping[str, Any]
    ignored: int
    complete: bool
    close: Callable[[], None]


def written_terms(rows: SampleRows, block: SampleBlock) -> Any:
    """The losses of a block (n,), or its terms (n, k). Of rows without any loss, each is NaN."""
    if rows.terms == 1:
        return np.ascontiguousarray(block.terms[:, 0])
    if block.terms.shape[1] < rows.terms:
        return np.full((len(block.row), rows.terms), np.nan)
    return np.ascontiguousarray(block.terms)
