"""`losscli compare BASE CAND LABELS -l LOSS`: is the candidate worse, on the same rows?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ...core.errors import UsageProblem
from ..gates import reported
from ..options import options_of
from ..output import Output
from ..per_loss import margin_of_options, paths, refuse_empty
from ..sectioned_command import SectionedCommand

if TYPE_CHECKING:
    from ...api.requests.request import LossRequest
    from ...report.comparison import ComparisonReport


class _Compare(SectionedCommand):
    """The help names the verdicts."""

    inputs = (
        ("BASE", "Predictions of the model to beat: a file or SPEC (PATH::COLUMNS)."),
        ("CAND...", "Predictions of one candidate or more, for the same rows."),
        ("LABELS", "The labels; ::COLUMNS names some of BASE's file. Left out with --label, or with columns of the "
         "usual names: BASE's file has them."),
    )  # fmt: skip


def _command() -> click.Command:
    params: list[click.Parameter] = [
        click.Argument(["files"], metavar="BASE CAND... LABELS", nargs=-1),
        *options_of("compare"),
    ]
    return _Compare(
        "compare",
        params=params,
        callback=lambda **values: compare(values),
        help="Is a candidate worse than the base, on the same rows?\n\nThe verdict is improved (the interval of "
        "candidate minus base lies below 0), worse (it lies above 0 and reaches beyond the margin), not worse (it ends "
        "at or below the margin), or inconclusive. The exit code is 0 unless --fail-on says otherwise.",
        epilog="Example: losscli compare base.npy cand.npy labels.npy -l mse --margin 0.5%",
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )


def compare(values: dict[str, Any]) -> int:
    """Compare, write what was found, and end as --fail-on says."""
    from ...api.compare import compare_all, plan_of
    from ...api.compare_results import nothing_compared
    from ...api.requests.request import request_from

    refuse_empty(values)
    output = Output.of(values)
    files, margin, losses = _files(values), margin_of_options(values["margin"]), _losses(values["loss"])
    hashed = output.hashed and not values["no_hash"]
    request = request_from("compare", values, losses, files, hash_inputs=hashed)
    with output.opened(paths(request)) as targets:
        with reported(targets, lambda problem: nothing_compared(request, problem)):
            report = compare_all(request, plan_of(request.options, margin))
        output.write_comparison(report, targets)
    return _code(report, values["fail_on"])


def _files(values: dict[str, Any]) -> dict[str, Any]:
    """The files by role: the last is the labels', unless there are only two."""
    from ...stats.comparison.paired import role

    files = list(values["files"])
    if len(files) < 2:
        raise UsageProblem(
            "A comparison takes BASE, CAND and LABELS.", "Write losscli compare BASE CAND LABELS -l mse."
        )
    labels = files.pop() if len(files) > 2 else None
    base, *candidates = files
    return {"pred": base, "label": labels, **{role(i): each for i, each in enumerate(candidates, 1)}}


def _losses(texts: tuple[str, ...]) -> list[LossRequest]:
    from ...api.requests.request import LossRequest
    from ...core.loss_spec import read

    specs = [read(text) for text in texts]
    canonical = [each.text for each in specs]
    if twice := [text for text in canonical if canonical.count(text) > 1]:
        raise UsageProblem(f"-l {twice[0]} is there twice.", "Leave one out.", kind="contradiction", options=("loss",))
    return [LossRequest(each) for each in specs]


def _code(report: ComparisonReport, fail_on: str | None) -> int:
    verdicts = {each.verdict for each in report.results}
    if fail_on is not None and "worse" in verdicts:
        return 1
    return 5 if fail_on == "inconclusive" and "inconclusive" in verdicts else 0


command = _command()
