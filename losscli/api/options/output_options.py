"""Run options that say where results go and how they look; the table of all is in options.py."""

from __future__ import annotations

from collections.abc import Iterable

from ...report.renderers.registry import (
    FORMATS,
    FORMATS_OF_LISTINGS,
    OF_COMPARISONS,
    OF_DECOMPOSITIONS,
    OF_INSPECTIONS,
    OF_LISTINGS,
    OF_MATCHES,
    REPORTED_DECOMPOSITIONS,
    REPORTS,
)
from .list_types import BesideRows, WrittenPath
from .option_types import FilePath, Flag, Whole, Words
from .run_option import COMPARISON, COMPUTE, ENDS, FILES, LISTS, LOOKS, OUTPUT, SEARCH, TYPED, WRITES, RunOption


def _orders() -> Iterable[str]:
    from ...report.ranking import ORDERS

    return ORDERS


GROUP_ORDERS = ("name", "value", "n", "share")  # the first is the default

WORST_OF_A_DIFFERENCE = {
    "help": "How many of the rows that add most to the difference are listed, with the difference without them.",
    "heading": COMPARISON, "default": 5, "unset": "",
}  # fmt: skip

_ORDER_OF_RESULTS = {
    "type": Words(_orders, {"loss": "value", "score": "value", "dataset": "name", "data": "name"}),
    "help": "The order of results: by value, the best first and failures last, or by the data sets' names; they are "
    "shown "
    "when all are known.",
    "unset": "as they were named",
}
DIFFERENCE_ORDERS = ("name", "difference", "p", "n", "share")  # the first is the default
_ORDER_OF_DIFFERENCES = {
    "type": Words(DIFFERENCE_ORDERS, {"value": "difference"}),
    "help": "The order of groups: by name, or those with the largest rise, the smallest p-value, most rows or the "
    "largest share first.",
}
PART_ORDERS = ("contribution", "name", "n", "difference")  # the first is the default
_ORDER_OF_PARTS = {
    "type": Words(PART_ORDERS, {"value": "contribution", "adds": "contribution"}),
    "help": "The order of groups: by the size of what they add, by name, most rows first, or the largest rise first.",
    "unset": "contribution",
}
MOVED_ROWS = {
    "help": "How many of the rows that moved the difference most are listed.", "heading": COMPARISON, "default": 5,
    "unset": "",
}  # fmt: skip
_BEST_ROWS = {
    "type": Whole(0), "help": "How many of the rows with the lowest loss are listed.", "default": 0, "metavar": "K",
    "unset": "none",
}  # fmt: skip
_BEST_RESULTS = {"help": "Show only the N best results of each loss.", "unset": "all"}

OUTPUT_OPTIONS = (
    RunOption(
        "format", Words(FORMATS), "Default: table on a terminal, plain in a pipe.", OUTPUT, WRITES,
        variants={
            "batch": {"help": "Default: table on a terminal, JSON lines in a pipe."},
            "compare": {"type": Words(OF_COMPARISONS)},
            "why": {"type": Words(OF_DECOMPOSITIONS)},
            "inspect": {"type": Words(("table", "plain", "json"))},
            "verify": {"help": "Default: a line for each input and each number, as for table and plain."},
            "reconcile": {"type": Words(("table", "plain", "json"))},
            "slices": {"type": Words(FORMATS_OF_LISTINGS)},
            "sweep": {"type": Words(FORMATS_OF_LISTINGS)},
        },
    ),
    RunOption(
        "json", Flag(), "Short for --format json.", OUTPUT, WRITES, default=False,
        typed_only='Write format = "json".',
    ),
    RunOption(
        "digits", Whole(1, 17), "Round values to N significant digits where people read them; JSON keeps all.",
        OUTPUT, "compute batch compare why slices sweep gate merge inspect", "reconcile", metavar="N", suite="whole",
        variants={"losscli": {"help": "How many significant digits of `expect` are compared; else all that it has."}},
    ),
    RunOption(
        "match_digits", Whole(1, 17), "How many significant digits of --expect are compared, instead of all that it "
        "has.",
        SEARCH, "reconcile", metavar="D",
    ),
    RunOption(
        "sort", Words(GROUP_ORDERS),
        "The order of groups: by name, or those with the largest value, most rows or largest share first.", OUTPUT,
        f"{LISTS} why", "compute batch compare", unset="name", suite="whole",
        variants={
            "batch": _ORDER_OF_RESULTS, "losscli.batch": _ORDER_OF_RESULTS,
            "compare": _ORDER_OF_DIFFERENCES, "losscli.compare": _ORDER_OF_DIFFERENCES, "why": _ORDER_OF_PARTS,
        },
    ),
    RunOption(
        "top", Whole(1), "How many groups a table shows; JSON and CSV have all.", OUTPUT, f"{LISTS} why", "batch",
        unset="50",
        metavar="N", suite="whole", variants={"batch": _BEST_RESULTS, "losscli.batch": _BEST_RESULTS},
    ),
    RunOption(
        "best", Flag(), "Print only the name of the data set with the best value.", OUTPUT, COMPUTE, "compute batch",
        default=False, suite="whole", request="compute",
        variants={"compute": _BEST_ROWS, "losscli.compute": _BEST_ROWS, "losscli.evaluate": _BEST_ROWS},
    ),
    RunOption(
        "keep", BesideRows(),
        "Columns of any file that are shown beside the rows of --worst and --best, and written by --per-sample.",
        OUTPUT, f"{COMPUTE} why", "compute", default=(), metavar="COLUMN[,COLUMN]", suite="data", request=COMPUTE,
        completes="columns", variants={
            "why": {"help": "Columns of any file that are shown beside the rows of --worst.", "heading": COMPARISON},
            "batch": {"help": "Columns of any file that are shown beside the rows of --worst."},
            "losscli": {"help": "Columns of any file that are shown beside the rows of worst and best."},
        },
    ),
    RunOption(
        "output", FilePath(),
        "Write the result to a file, in the format of its suffix, such as .json.", OUTPUT, WRITES,
        short="-o", metavar="FILE",
        variants={
            "batch": {
                "help": "Write the results to a file: as JSON lines, one after the other; with another suffix, such "
                "as .csv, in that format at the end.",
            },
        },
    ),
    RunOption(
        "no_hash", Flag(), "Leave the inputs' SHA-256 out of JSON.", OUTPUT, f"{FILES} gate merge", default=False,
    ),
    RunOption("color", Words(("auto", "always", "never")), "Whether the output is coloured.", OUTPUT, LOOKS),
    RunOption("quiet", Flag(), "Print no notes on stderr.", OUTPUT, WRITES, short="-q", default=False),
    RunOption(
        "verbose", Flag(),
        "Show all lines of a result, with its files; and on stderr its signature, the time, and what configuration "
        "set.",
        OUTPUT, WRITES, short="-v", default=False,
    ),
    RunOption(
        "config", FilePath(), "Read options from this file, or from none.", OUTPUT, WRITES, unset="found upwards",
        metavar="FILE|none",
    ),
    RunOption(
        "report", FilePath(),
        f"Write a report to a file too; may be repeated. Kinds: {', '.join(REPORTS)}.", OUTPUT,
        "compute batch compare why slices sweep gate merge verify reconcile inspect", multiple=True, default=(),
        metavar="KIND=PATH", completes="report",
        variants={
            name: {"help": f"Write a report to a file too; may be repeated. Kinds: {', '.join(kinds)}."}
            for name, kinds in (
                ("inspect", OF_INSPECTIONS), ("reconcile", OF_MATCHES), ("why", REPORTED_DECOMPOSITIONS),
                ("slices", OF_LISTINGS), ("sweep", OF_LISTINGS),
            )
        },
    ),
    RunOption(
        "per_sample", WrittenPath(),
        "Write the loss of each row to a file (.npy, .csv, .parquet, .arrow or .jsonl); losscli gate uses such files "
        "of two "
        "reports to compare them row by row.",
        OUTPUT, "compute", "compute", metavar="FILE",
    ),
    RunOption(
        "histograms", Flag(),
        "Add counts of all rows, in bins, to the JSON, from which losscli plot draws.",
        OUTPUT, "compute batch", "compute", default=False, suite="data",
    ),
    RunOption(
        "partial", Flag(), "Add the exact sums to the JSON, for losscli merge.", OUTPUT, "compute", default=False,
    ),
    RunOption(
        "exit_zero", Flag(), "End with exit code 0 instead of 1, 4 or 5. Errors keep their codes.", OUTPUT, ENDS,
        default=False, typed_only=TYPED,
    ),
)  # fmt: skip
