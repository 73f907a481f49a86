"""Run options of tests: margins, confidence, how a difference is tested; all stand in table.py."""

from __future__ import annotations

from collections.abc import Iterable

from . import option_types as types
from .run_option import COMPARISON, RULES, SEARCH, RunOption


def _tests() -> Iterable[str]:
    from ...stats.comparison.paired_test import TESTS

    return TESTS


def _adjustments() -> Iterable[str]:
    from ...stats.comparison.multiplicity import METHODS

    return METHODS


COMPARISON_OPTIONS = (
    RunOption(
        "margin", types.Margin(),
        "A rise that does not matter: a number, or a percentage of the base's loss. With both given, both must be "
        "exceeded.", COMPARISON, "compare gate slices", "compare slices", multiple=True, default=(), unset="0",
        metavar="X|X%",
        variants={
            "slices": {
                "help": "How much worse than the rest does not matter: a number, or a percentage of the loss of the "
                "rest. With both given, both must be exceeded.", "heading": SEARCH,
            },
            "losscli.slices": {
                "help": "How much worse than the rest does not matter.", "multiple": False, "default": 0.0, "unset": "",
            },
            "gate": {
                "help": "A rise that does not matter: a number, or a percentage of the baseline's loss. With "
                "both given, both must be exceeded.", "heading": RULES, "metavar": "[LOSS=]X|X%", "type": types.Text(),
            },
            "losscli.compare": {
                "help": "A rise of the loss that does not matter.", "multiple": False, "default": 0.0,
                "unset": "",
            },
        },
    ),
    RunOption(
        "max_rise", types.Margin(),
        "The plain rule beside the statistical one: the check fails if the value is more than this above the "
        "baseline's, "
        "even if that may be chance.", RULES, "gate", multiple=True, default=(), metavar="[LOSS=]X|X%",
        variants={"gate": {"type": types.Text()}},
    ),
    RunOption(
        "margin_rel", types.Share(),
        "The margin as a share of the base's loss; with both given, both must be exceeded.", COMPARISON,
        functions="compare", default=0.0,
    ),
    RunOption(
        "confidence", types.Level(), "How sure the interval is, in percent; the verdict follows from its ends.",
        COMPARISON,
        "compare gate why slices", "compare slices", default=0.95, unset="95", metavar="LEVEL",
        variants={
            "slices": {"help": "How sure the intervals are, in percent.", "heading": SEARCH},
            "losscli.slices": {"help": "How sure the intervals are, in percent."},
            "gate": {"help": "How sure the intervals are, in percent.", "heading": RULES},
        },
    ),
    RunOption(
        "test", types.Words(_tests),
        "The test: Student's t of the paired differences, random changes of their signs, or a paired bootstrap.",
        COMPARISON,
        "compare", "compare", default="t",
    ),
    RunOption(
        "adjust", types.Words(_adjustments),
        "How p-values are adjusted where several losses or candidates are tested: by the method of Holm, of Benjamini "
        "and Hochberg, or not at all.", COMPARISON,
        "compare gate sweep", "sweep", default="holm",
        variants={
            "sweep": {"help": "How p-values are adjusted for the number of points.", "heading": SEARCH},
            "losscli.sweep": {"help": "How p-values are adjusted for the number of points."},
            "gate": {"help": "How p-values are adjusted for the number of losses.", "heading": RULES},
        },
    ),
    RunOption(
        "resamples", types.Whole(100, 1_000_000), "How many random samples sign-flip and bootstrap take.", COMPARISON,
        "compare", "compare",
        unset="1999 and 2000, or more", metavar="R",
    ),
    RunOption(
        "seed", types.Whole(0, (1 << 64) - 1), "Another number gives other random samples.", COMPARISON,
        "compare slices", "compare slices",
        default=0, metavar="N",
        variants={
            "slices": {"help": "Another number cuts the rows into other halves.", "heading": SEARCH},
            "losscli.slices": {"help": "Another number cuts the rows into other halves."},
        },
    ),
)  # fmt: skip
