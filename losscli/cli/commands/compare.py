"""`losscli compare BASE CAND LABELS -l LOSS`: is the candidate worse, on the same rows?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ...core.errors import UsageProblem
from ...core.inputs import KINDS
from ..levels import ConfidenceType, MarginType
from ..options import (
    SectionedCommand,
    column_options,
    ending_options,
    number_options,
    option_in,
    output_options,
    policy_options,
    text_options,
)
from ..output import Output
from ..per_loss import paths, refuse_empty

if TYPE_CHECKING:
    from ...api.compare_results import ComparisonPlan
    from ...core.loss_spec import LossSpec
    from ...report.comparison import ComparisonReport

FORMATS = ("table", "plain", "json", "markdown")
TESTS = ("t", "sign-flip", "bootstrap")
ADJUSTMENTS = ("holm", "bh", "none")


def _question() -> list[click.Option]:
    option = option_in("The comparison")
    return [
        option("-l", "--loss", "losses", multiple=True, required=True, metavar="LOSS[:KEY=VALUE,...]",
               help="A loss, such as mse or focal:gamma=2,alpha=0.25; may be repeated."),
        option("--margin", "margins", multiple=True, type=MarginType(), metavar="X|X%",
               help="A rise that does not matter: a number, or a percentage of the base's loss. With both given, both "
               "must be exceeded.  [default: 0]"),
        option("--confidence", type=ConfidenceType(), default="95", show_default=True, metavar="LEVEL",
               help="Of the interval, in percent; the verdict follows from its two ends."),
        option("--test", type=click.Choice(TESTS), default="t", show_default=True,
               help="Student's t on the paired differences, a permutation of their signs, or a paired bootstrap."),
        option("--cluster", metavar="COLUMN|SPEC", help="Rows with the same value here depend on each other."),
        option("--adjust", type=click.Choice(ADJUSTMENTS), default="holm", show_default=True,
               help="p-values of several losses or candidates: Holm, Benjamini-Hochberg, or as they are."),
        option("--resamples", type=click.IntRange(100, 1_000_000), metavar="R",
               help="Of sign flips or the bootstrap.  [default: 1999 and 2000]"),
        option("--seed", type=click.IntRange(0, (1 << 63) - 1), default=0, show_default=True, help="Of the resamples."),
        option("--worst", type=click.IntRange(0, 1000), default=5, show_default=True, metavar="K",
               help="Show the rows that add most to the difference, and what is left without them."),
        option("--fail-on", type=click.Choice(("worse", "inconclusive")),
               help="Exit code 1 if a verdict is worse; with inconclusive, 5 also if one is that."),
    ]  # fmt: skip


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
        *_question(),
        *_number(),
        *column_options(),
        *policy_options(),
        *text_options(),
        *output_options(FORMATS),
        *ending_options(),
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


def _number() -> list[click.Option]:
    """How rows become numbers: what is said for all losses; a loss may say otherwise in its own word."""
    option = option_in("The number")
    shared = number_options((" ",), ("mean",), ())
    return [
        option("--like", metavar="NAME", help="The values that a framework reports, as for losscli compute."),
        option(
            "--input", type=click.Choice(tuple(KINDS)), help="What the predictions are.  [default: each loss's own]"
        ),
        *(each for each in shared if each.name in ("precision", "max_memory", "threads")),
    ]


def compare(values: dict[str, Any]) -> int:
    """Compare, write what was found, and end as --fail-on says."""
    from ...api.compare import compare_all
    from ...api.compute import Options
    from ...engine.run import Settings
    from ...sources.open import ReadOptions

    refuse_empty(values)
    output = Output.of(values)
    given, plan, losses = _given(values), _plan(values), _losses(values)
    options = Options(
        input=values["input"],
        like=values["like"],
        nan=values["nan"],
        columns={name: tuple(values[name].split(",")) if values[name] else () for name in ("pred", "label", "weight")},
        classes=tuple(values["classes"].split(",")) if values["classes"] else (),
        text=ReadOptions(values["delimiter"], values["header"], values["threads"] or 0),
        join=tuple(values["join"].split(",")) if values["join"] else (),
        on_missing=values["on_missing"],
        precision=values["precision"],
        settings=Settings(
            missing=values["missing"], threads=values["threads"] or 0, max_memory=values["max_memory"]
        ),
        hash_inputs=output.hashed and not values["no_hash"],
    )  # fmt: skip
    named = {key: value for spelt in losses for key, value in spelt.arguments.items()}
    with output.opened(paths(given, named)) as targets:
        report = compare_all(losses, given, options, plan)
        output.write_comparison(report, targets)
    return _code(report, values["fail_on"])


def _given(values: dict[str, Any]) -> dict[str, Any]:
    """The files by role: the last is the labels', unless there are only two."""
    from ...stats.paired import role

    files = list(values["files"])
    if any(not each for each in files):
        raise UsageProblem("A file's name is empty.", "Is a variable of the shell not set?")
    if len(files) < 2:
        raise UsageProblem(
            "A comparison takes BASE, CAND and LABELS.", "Write losscli compare BASE CAND LABELS -l mse."
        )
    labels = files.pop() if len(files) > 2 else None
    base, *candidates = files
    found = {"pred": base, "label": labels, "weight": values["weights"], "cluster": values["cluster"]}
    return {**found, **{role(i): each for i, each in enumerate(candidates, 1)}}


def _plan(values: dict[str, Any]) -> ComparisonPlan:
    from ...api.compare_results import ComparisonPlan
    from ...stats.verdict import Margin

    kinds = [kind for kind, _ in values["margins"]]
    if len(set(kinds)) < len(kinds):
        raise UsageProblem(
            f"--margin is given twice as {kinds[0]}.",
            "Give a number, a percentage, or one of each.",
            options=("margin",),
        )
    return ComparisonPlan(
        Margin(**dict(values["margins"])),
        values["confidence"],
        values["test"],
        values["adjust"],
        values["resamples"],
        values["seed"],
        values["worst"],
    )


def _losses(values: dict[str, Any]) -> list[LossSpec]:
    from ...core.loss_spec import read

    found = [read(text) for text in values["losses"]]
    texts = [each.text for each in found]
    if twice := [text for text in texts if texts.count(text) > 1]:
        raise UsageProblem(f"-l {twice[0]} is there twice.", "Leave one out.", kind="contradiction", options=("loss",))
    return found


def _code(report: ComparisonReport, fail_on: str | None) -> int:
    verdicts = {each.verdict for each in report.results}
    if fail_on is not None and "worse" in verdicts:
        return 1
    return 5 if fail_on == "inconclusive" and "inconclusive" in verdicts else 0


command = _command()
