"""`losscli merge SHARD...`: the value of all rows of shards that `compute --partial` wrote."""

from __future__ import annotations

from typing import Any

import click

from ..gates import nothing_computed, reported
from ..options import options_of
from ..output import Output
from ..sectioned_command import SectionedCommand


@click.command(
    "merge",
    cls=SectionedCommand,
    params=[
        click.Argument(["shards"], nargs=-1, required=True, metavar="SHARD..."),
        *options_of("merge"),
    ],
    epilog="Example: losscli merge shard-*.json",
)
def command(shards: tuple[str, ...], **values: Any) -> None:
    """Compute the value of all rows from parts (shards) that were computed one by one.

    Each SHARD is what losscli compute --partial wrote of some of the rows, with the same settings. Sums are added
    exactly, so the order of the shards changes nothing. The value is the same to the last bit as that of one run if
    the shards begin where losscli's blocks of rows begin, and otherwise the same but for rounding.
    """
    from ...api.merge import merge

    output = Output.of(values)
    with output.opened(shards) as targets:
        with reported(targets, lambda problem: nothing_computed("merge", problem, ())):
            report = merge(list(shards))
        output.notes(report)
        output.write(report, targets)
