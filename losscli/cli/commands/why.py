"""`losscli why BASE CAND LABELS -l LOSS --by COLUMN`: what each group of rows adds to the difference."""

from __future__ import annotations

from typing import Any

import click

from ...core.errors import UsageProblem
from ...report.renderers.registry import OF_DECOMPOSITIONS, REPORTED_DECOMPOSITIONS
from ..options import options_of
from ..output import Output
from ..per_loss import paths, refuse_empty
from ..sectioned_command import SectionedCommand


class _Why(SectionedCommand):
    """The help says what the files are."""

    inputs = (
        ("BASE", "Predictions before, or those of the model to beat: a file or SPEC (PATH::COLUMNS)."),
        ("CAND", "Predictions now, or those of the candidate: for the same rows, or with --cand-labels for others."),
        ("LABELS", "The labels; ::COLUMNS names some of BASE's file. Left out with --label, or with columns of the "
         "usual names: BASE's file has them."),
    )  # fmt: skip


def _command() -> click.Command:
    params: list[click.Parameter] = [
        click.Argument(["files"], metavar="BASE CAND LABELS", nargs=-1),
        *sorted(options_of("why"), key=lambda option: option.name in ("cluster", "confidence")),  # what is needed first
    ]
    return _Why(
        "why",
        params=params,
        callback=lambda **values: why(values),
        help="Say what each group of rows adds to the difference of two losses, candidate minus base.\n\n"
        "If both sides have the same rows, a group adds what the loss of its rows has risen by. With --cand-labels the "
        "candidate has other rows, such as those of another month: a group then also adds to the difference by having "
        "a larger or smaller share of the rows, which is called the change of mix. What all groups add sums to the "
        "difference.",
        epilog="Example: losscli why base.npy cand.npy labels.npy -l mse --by info.csv::region",
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )


def why(values: dict[str, Any]) -> int:
    """Split the difference, and write what was found."""
    from ...api.options.output_options import PART_ORDERS
    from ...api.requests.request import LossRequest, request_from
    from ...api.why import why_of
    from ...api.why_request import WhyRequest
    from ...core.loss_spec import read

    refuse_empty(values)
    output = Output.of(values, OF_DECOMPOSITIONS).reporting(REPORTED_DECOMPOSITIONS)
    own = {role: values[name] for role, name in (("label", "cand_labels"), ("weight", "cand_weights")) if values[name]}
    hashed = output.hashed and not values["no_hash"]
    if len(values["loss"]) > 1:
        raise UsageProblem(
            f"A difference is split for one loss, and {len(values['loss'])} are named.", "Leave all -l but one out.",
            kind="contradiction", options=("loss",),
        )  # fmt: skip
    losses = [LossRequest(read(text)) for text in values["loss"]]
    request = request_from("why", values, losses, _files(values), hash_inputs=hashed)
    asked = WhyRequest(request, own, request.options.sort or PART_ORDERS[0])
    with output.opened([*paths(request), *(each for each in own.values() if not each.startswith("::"))]) as targets:
        output.write_decomposition(why_of(asked), targets)
    return 0


def _files(values: dict[str, Any]) -> dict[str, Any]:
    """The files by role."""
    from ...stats.comparison.paired import role

    files = list(values["files"])
    if not 2 <= len(files) <= 3:
        raise UsageProblem(
            f"A difference is of BASE and CAND, with LABELS; {len(files)} files were named.",
            "Write losscli why BASE CAND LABELS -l mse --by COLUMN.",
        )
    base, cand, *labels = files
    return {"pred": base, "label": labels[0] if labels else None, role(1): cand}


command = _command()
