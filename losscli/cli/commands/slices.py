"""`losscli slices PREDICTIONS LABELS -l LOSS --over COLUMNS`: the groups that are worse than the rest."""

from __future__ import annotations

from typing import Any

import click

from ...core.errors import UsageProblem
from ...report.renderers.registry import FORMATS_OF_LISTINGS, OF_LISTINGS
from ..options import options_of
from ..output import Output
from ..per_loss import margin_of_options, paths, refuse_empty
from ..sectioned_command import SectionedCommand


class _Slices(SectionedCommand):
    """The help says what the files are."""

    inputs = (
        ("PREDICTIONS", "A file or SPEC (PATH::COLUMNS) of the predictions."),
        ("LABELS", "The labels; ::COLUMNS names some of PREDICTIONS' file. Left out with --label, or with columns of "
         "the usual names: PREDICTIONS' file has them."),
    )  # fmt: skip


def slices(values: dict[str, Any]) -> int:
    """Search, and write what was found."""
    from ...api.requests.request import LossRequest, request_from
    from ...api.slices import find
    from ...core.loss_spec import read

    refuse_empty(values)
    if len(values["loss"]) > 1:
        raise UsageProblem("losscli slices takes one loss, and -l is there several times.", "Leave one out.",
                           kind="contradiction", options=("loss",))  # fmt: skip
    output = Output.of(values, FORMATS_OF_LISTINGS).reporting(OF_LISTINGS)
    files = {"pred": values["predictions"], "label": values["labels"]}
    losses = [LossRequest(read(text)) for text in values["loss"]]
    hashed = output.hashed and not values["no_hash"]
    request = request_from("slices", values, losses, files, hash_inputs=hashed)
    with output.opened(paths(request)) as targets:
        report = find(request, margin_of_options(values["margin"]))
        output.write_listing(report, targets)
    return 0


command = _Slices(
    "slices",
    params=[
        click.Argument(["predictions"], metavar="PREDICTIONS"),
        click.Argument(["labels"], metavar="[LABELS]", required=False),
        *options_of("slices"),
    ],
    callback=lambda **values: slices(values),
    help="Find the groups of rows whose loss is worse than that of all other rows.\n\nGroups are described by the "
    "values of one to three of the columns that --over names. One half of the rows finds them, and the other half "
    "tests them, so that no group is listed because the search was lucky. A part of a group is listed beside it only "
    "if it is worse than the rest of the group.",
    short_help="Find the groups of rows that are worse than the rest.",
    epilog="Example: losscli slices preds.parquet labels.parquet -l focal --join id --over region,device,age",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
