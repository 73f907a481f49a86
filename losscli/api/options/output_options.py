"""Run options that say where results go and how they look; the table of all is in options.py."""

from __future__ import annotations

from ...report.renderers.registry import FORMATS, REPORTS
from .option_types import FilePath, Flag, Words
from .run_option import ENDS, FILES, OUTPUT, TYPED, WRITES, RunOption

OUTPUT_OPTIONS = (
    RunOption(
        "format", Words(FORMATS), "Default: table on a terminal, plain in a pipe.", OUTPUT, WRITES,
        variants={
            "batch": {"help": "Default: table on a terminal, JSON lines in a pipe."},
            "compare": {"type": Words(("table", "plain", "json", "markdown"))},
            "inspect": {"type": Words(("table", "plain", "json"))},
            "reconcile": {"type": Words(("table", "plain", "json"))},
        },
    ),
    RunOption(
        "json", Flag(), "Short for --format json.", OUTPUT, WRITES, default=False,
        typed_only='Write format = "json".',
    ),
    RunOption(
        "output", FilePath(),
        "Write the result to a file, whole or not at all; .json and others choose a format.", OUTPUT, WRITES,
        short="-o", metavar="FILE",
        variants={
            "batch": {
                "help": "Write the results to a file: JSON lines as they are known, or another format whole by its "
                "suffix.",
            },
        },
    ),
    RunOption(
        "no_hash", Flag(), "Leave the inputs' SHA-256 out of JSON.", OUTPUT, f"{FILES} gate merge", default=False,
    ),
    RunOption("color", Words(("auto", "always", "never")), "Colours.", OUTPUT, WRITES),
    RunOption("quiet", Flag(), "No notes on stderr.", OUTPUT, WRITES, short="-q", default=False),
    RunOption(
        "verbose", Flag(), "Signature, time and what configuration set on stderr.", OUTPUT, WRITES, short="-v",
        default=False,
    ),
    RunOption(
        "config", FilePath(), "Options from this file, or from none.", OUTPUT, WRITES, unset="found upwards",
        metavar="FILE|none",
    ),
    RunOption(
        "report", FilePath(),
        f"Write a report to a file too; may be repeated. Kinds: {', '.join(REPORTS)}.", OUTPUT,
        "compute batch gate merge", multiple=True, default=(), metavar="KIND=PATH", completes="report",
    ),
    RunOption(
        "per_sample", FilePath(),
        "Write one loss a row, as .npy or .csv; losscli gate pairs the rows of two reports.", OUTPUT, "compute",
        metavar="FILE",
    ),
    RunOption(
        "partial", Flag(), "Add the exact sums to the JSON, for losscli merge.", OUTPUT, "compute", default=False,
    ),
    RunOption(
        "exit_zero", Flag(), "Exit code 0 also for findings (1, 4, 5). Errors keep theirs.", OUTPUT, ENDS,
        default=False, typed_only=TYPED,
    ),
)  # fmt: skip
