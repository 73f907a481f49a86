"""The run options, each declared once, in the order of help. To add one is to add an entry here.

It is then an option of the commands that it names, a keyword of the Python functions, a key of configuration and a
variable of the environment, and, where the entry says so, a key of suites and a part of a report's `request`.
"""

from __future__ import annotations

from ...core.arrays.inputs import KINDS
from ...core.binding.bound_loss import PRECISIONS
from ...core.declarations.conventions import FRAMEWORKS
from ...core.loss import Loss
from ...core.sums.reduction import DENOMINATORS, REDUCTIONS
from . import option_types as types
from .comparison_options import COMPARISON_OPTIONS
from .data_options import CANDIDATE_OPTIONS, DATA_OPTIONS, GROUP_OPTIONS, LOSS_VARIANTS, SEARCH_OPTIONS
from .list_types import Executor, ValuesOfColumns, WholeNumbers
from .output_options import MOVED_ROWS, OUTPUT_OPTIONS, WORST_OF_A_DIFFERENCE
from .run_option import (
    COMPARISON,
    COMPUTE,
    DECLARED,
    LISTS,
    NUMBER,
    OUTPUT,
    ROW_FUNCTIONS,
    ROWS,
    RULES,
    RUN,
    SEARCH,
    TEXT,
    TEXT_FUNCTIONS,
    RunOption,
)

NO_BASELINE = ("fail", "pass")
A_CALL = "or a call such as F.mse_loss(x, y)"


def _inputs(loss: Loss) -> dict[str, object]:
    several = len({part.loss.pred[0] for part in loss.parts}) > 1
    usual = "none, it must be said: the losses differ" if several else loss.pred[0]
    if loss.pred_of_sequences:
        usual += f", or {loss.pred_of_sequences} where each row is a sequence (three axes or more)"
    return {"type": types.Words(loss.pred), "unset": usual, "subject": f"input of {loss.name}"}


def _reductions(loss: Loss) -> dict[str, object]:
    pooled = loss.finish_function is not None and loss.finish_of == "sums" and loss.reductions[0] != "sum"
    allowed = (*loss.reductions, "pooled") if pooled else loss.reductions
    words = [name for name in REDUCTIONS if name in allowed]
    unset = "that of each loss" if loss.parts else loss.reductions[0]
    return {"type": types.Words(words), "unset": unset, "subject": f"reduction of {loss.name}"}


def _conventions(loss: Loss) -> dict[str, object]:
    if loss.parts:
        return {"help": "Of one loss, not of a sum of several."}
    return {"help": f"The value that a framework reports: {', '.join(loss.like)}; {A_CALL}."}


_TABLE = (
    RunOption(
        "loss", types.Text("loss"), "A loss, as in focal or focal:gamma=2,like=keras; may be repeated.", NUMBER,
        "batch compare why inspect slices", short="-l", metavar="LOSS", multiple=True, default=(),
        variants=LOSS_VARIANTS,
    ),
    RunOption(
        "expect", types.NumberAsWritten(), "The number to explain; each digit that you write counts.", SEARCH,
        "reconcile", "reconcile", metavar="X",
        variants={"losscli": {"help": "The number to explain; of a text, such as \"0.0355\", the digits count."}},
    ),
    RunOption(
        "batch_size", types.Whole(1), "Also try the mean of the means of batches of this many rows.", SEARCH,
        "reconcile",
        "reconcile",
        metavar="B",
    ),
    *SEARCH_OPTIONS,
    RunOption(
        "like", types.Text("framework"), f"The value that a framework reports: {', '.join(FRAMEWORKS)}; {A_CALL}.",
        NUMBER, ROWS, ROW_FUNCTIONS, metavar="NAME|CALL", suite="data", of_loss=_conventions,
        variants={"compare": {"help": "The values that a framework reports, as for losscli compute."}},
    ),
    RunOption(
        "input", types.Words(KINDS), "What the predictions are.", NUMBER, TEXT, TEXT_FUNCTIONS,
        unset="the loss's own", suite="data", of_loss=_inputs,
        variants={
            "compare": {"unset": "each loss's own"},
            "reconcile": {"heading": SEARCH, "unset": "all are tried"},
            "inspect": {"heading": DECLARED, "help": "What the predictions are said to be.", "unset": ""},
        },
    ),
    RunOption(
        "reduction", types.Words(REDUCTIONS), "How the losses of rows become one number.", NUMBER,
        f"{COMPUTE} sweep",
        ROW_FUNCTIONS, unset="the loss's own", suite="data", of_loss=_reductions,
    ),
    RunOption(
        "denominator", types.Words(DENOMINATORS),
        "What a mean divides by: sum of weights, count of rows, of nonzero weights, of elements, or rows with their "
        "sums.", NUMBER,
        f"{COMPUTE} sweep", ROW_FUNCTIONS, unset="weights", suite="data",
    ),
    RunOption(
        "class_axis", types.Whole(-8, 8),
        "Axis of the predictions that holds the classes, the rows being axis 0; -1 is the last.", NUMBER, ROWS,
        ROW_FUNCTIONS, unset="the one that fits the labels, or as --like has it", metavar="AXIS", suite="data",
        request=COMPUTE,
    ),
    RunOption(
        "ignore_label", types.Number(), "Leave out every element (pixel, token, column) with this label.", NUMBER, ROWS,
        ROW_FUNCTIONS, metavar="VALUE", suite="data", request=COMPUTE,
    ),
    RunOption(
        "shift", types.Whole(1),
        "Pair predictions with the labels this many positions further on in the same row, as for models "
        "that predict the next token.", NUMBER, ROWS, ROW_FUNCTIONS, metavar="N", suite="data",
        request=COMPUTE,
    ),
    RunOption(
        "count_classes", WholeNumbers(),
        "Only these classes count, 0 being the first: their columns, or the elements that have them as labels.", NUMBER,
        ROWS, ROW_FUNCTIONS, default=(), unset="all", metavar="A,B,...", suite="data", request=COMPUTE,
    ),
    RunOption(
        "column_weights", ValuesOfColumns(),
        "The weight of each column of a row, or of each channel along the class axis.", NUMBER, ROWS,
        ROW_FUNCTIONS, unset="all weigh the same", metavar="A,B,...|SPEC", suite="data", request=COMPUTE,
    ),
    RunOption(
        "macro_columns", types.Flag(), "The value is the mean of the columns' own values.", NUMBER, ROWS,
        ROW_FUNCTIONS, default=False, suite="data", request=COMPUTE,
    ),
    RunOption(
        "per_output", types.Flag(), "List the value of each column, or of each class, beside that of the whole.",
        NUMBER, COMPUTE, "compute", default=False, suite="data", request=COMPUTE,
    ),
    RunOption(
        "precision", types.Words(PRECISIONS),
        "single computes float32 predictions in float32; sums are always double.", NUMBER, ROWS, ROW_FUNCTIONS,
        default=PRECISIONS[0], suite="data",
    ),
    RunOption(
        "executor", Executor(), "Runs parts of the rows elsewhere, such as in processes; no bit changes.", NUMBER,
        functions="compute", unset="in threads of this process",
    ),
    RunOption(
        "max_memory", types.Size(), "Refuse work that needs more, such as 512M or 2G.", NUMBER, ROWS, ROW_FUNCTIONS,
        metavar="SIZE", variants={"losscli": {"help": "Refuse work that needs more bytes."}},
    ),
    RunOption(
        "threads", types.Whole(1), "How many threads work.", NUMBER, ROWS, ROW_FUNCTIONS, unset="all usable cores",
        metavar="N", suite="whole",
    ),
    RunOption(
        "ci", types.Level(), "Show an interval at this confidence level, such as 95.", NUMBER, f"{COMPUTE} sweep",
        "compute sweep", metavar="LEVEL", suite="data", request="batch",
    ),
    RunOption(
        "bootstrap", types.Whole(100, 1_000_000),
        "Take the interval from this many bootstrap samples instead of the standard error.", NUMBER,
        COMPUTE, "compute", metavar="B", suite="data", request="batch",
    ),
    RunOption(
        "cluster", types.DataFile(), "Rows with the same value here depend on each other.", NUMBER,
        f"{LISTS} why slices", "compute compare slices", metavar="COLUMN|SPEC", role="cluster", completes="columns",
        variants={
            "compare": {"heading": COMPARISON}, "why": {"heading": COMPARISON},
            "losscli": {"help": "An array (n,), a column's name or a SPEC: rows with one value there are dependent."},
        },
    ),
    *GROUP_OPTIONS,
    *CANDIDATE_OPTIONS,
    RunOption(
        "max", types.Text(), "The exit code is 1 if a value is above this.", RUN, "compute batch gate", multiple=True,
        default=(), metavar="[LOSS=]VALUE",
        variants={
            "compute": {
                "help": "Fail (exit 1) when the value is higher.", "heading": NUMBER, "metavar": "VALUE",
                "type": types.Number(), "multiple": False, "default": None,
            },
            "gate": {
                "help": "The check fails if the value is above this.", "heading": RULES,
                "metavar": "[DATA/]LOSS=VALUE",
            },
        },
    ),
    RunOption(
        "baseline", types.FilePath(), "An earlier report; no loss may be worse than it was there.", RULES, "gate",
        metavar="REPORT",
    ),
    *COMPARISON_OPTIONS,
    RunOption(
        "worst", types.Whole(0), "How many of the rows with the highest loss are listed.", OUTPUT, f"{LISTS} why",
        "compute compare",
        default=0, metavar="K", unset="none", suite="data", request=COMPUTE,
        variants={
            "compare": WORST_OF_A_DIFFERENCE, "losscli.compare": WORST_OF_A_DIFFERENCE, "why": MOVED_ROWS,
        },
    ),
    RunOption(
        "fail_on", types.Words(("worse", "inconclusive")),
        "End with exit code 1 if a verdict is worse; with inconclusive, also with 5 if the rows cannot tell.",
        COMPARISON, "compare",
    ),
    RunOption(
        "on_inconclusive", types.Words(("pass", "warn", "fail")),
        "What to do where the rows are too few to tell: say nothing, print a note, or end with exit code 5.", RULES,
        "gate",
        default="warn",
    ),
    RunOption(
        "on_no_baseline", types.Words(NO_BASELINE),
        "What to do where the file of --baseline does not exist, as in the first run: fail, or pass with a note.",
        RULES, "gate",
        default=NO_BASELINE[0],
    ),
    RunOption(
        "informational", types.Text("loss"), "A loss that is reported and never fails the gate; may be repeated.",
        RULES, "gate",
        multiple=True, default=(), metavar="LOSS",
    ),
    *DATA_OPTIONS,
    RunOption(
        "keep_going", types.Flag(), "Go on with the other data sets after a failure; the exit code is then 4.", RUN,
        "batch",
        default=False, suite="whole",
    ),
    RunOption(
        "resume", types.Flag(),
        "Go on with the file of -o, and with what a killed run left beside it: what is finished is not computed "
        "again.", RUN,
        "batch", default=False,
    ),
    RunOption(
        "jobs", types.Whole(1),
        "Work on N data sets at a time, which is faster for many small ones. A large one uses all cores by itself.",
        RUN, "batch", unset="1", metavar="N", suite="whole",
    ),
    *OUTPUT_OPTIONS,
)  # fmt: skip
OPTIONS: dict[str, RunOption] = {option.name: option for option in _TABLE}


def of_command(command: str, loss: Loss | None = None) -> list[RunOption]:
    """The options of a command, as it has them for this loss."""
    return [each.within(command, loss) for each in OPTIONS.values() if command in each.commands.split()]


def of_function(function: str) -> list[RunOption]:
    """The keywords of a function of Python; `evaluate` has those of `compute`, but for files that are written."""
    alike, files = ("compute", ("per_sample",)) if function == "evaluate" else (function, ())
    known = (each for each in OPTIONS.values() if alike in each.functions.split() and each.name not in files)
    return [each.within(f"losscli.{function}") for each in known]


def of_suite(place: str) -> list[RunOption]:
    """The options that a suite may say: of the "whole" of it, or of its "data" sets."""
    return [each.within("batch") for each in OPTIONS.values() if each.suite == place]
