"""Run options that say which rows, columns and groups are meant, and how files are read; all stand in table.py."""

from __future__ import annotations

from ...core.arrays.pairing import ON_DUPLICATE, ON_MISSING
from ...core.binding.decided_loss import WEIGHTS_ARE
from ...engine.missing import POLICIES
from . import option_types as types
from .list_types import GroupColumns, Rate
from .run_option import (
    COMPARISON,
    COMPUTE,
    DATA,
    DECLARED,
    FILE_FUNCTIONS,
    FILES,
    LISTS,
    NUMBER,
    ROW_FUNCTIONS,
    ROWS,
    RULES,
    SEARCH,
    TEXT,
    TEXT_FUNCTIONS,
    RunOption,
)

_LEAVE_OUT = {"drop": "omit"}

DATA_OPTIONS = (
    RunOption(
        "labels", types.DataFile(), "File of the labels.", DATA, "batch", unset="the predictions' own", metavar="SPEC",
        role="label",
    ),
    RunOption(
        "files0_from", types.FilePath(), "Read the predictions' paths from a file, each ended by NUL.", DATA, "batch",
        metavar="FILE",
    ),
    RunOption(
        "pred", types.Names("columns"), "Columns of the predictions: names or globs, comma-separated.", DATA, TEXT,
        TEXT_FUNCTIONS, default=(), metavar="COLUMNS",
    ),
    RunOption(
        "label", types.Names("columns"), "Columns of the labels, or none for a loss that needs no labels.", DATA, TEXT,
        TEXT_FUNCTIONS,
        default=(), metavar="COLUMNS",
    ),
    RunOption(
        "weight", types.Names("columns"), "Column of the weights, in the predictions' or labels' file.", DATA, FILES,
        FILE_FUNCTIONS, default=(), metavar="COLUMN",
        not_text="weights= takes the weights themselves, an array (n,).",
    ),
    RunOption(
        "weights", types.DataFile(), "File of the weights.", DATA, FILES, FILE_FUNCTIONS, metavar="SPEC",
        role="weight", variants={"losscli": {"help": "The weights of the rows, (n,), each at least 0."}},
    ),
    RunOption(
        "weights_are", types.Words(WEIGHTS_ARE),
        "What a weight says: how much its row counts (importance), or how many equal rows it stands for (frequency). "
        "Standard errors, intervals and tests follow from it.", DATA, ROWS, ROW_FUNCTIONS,
        default=WEIGHTS_ARE[0], suite="data", request=COMPUTE,
    ),
    RunOption(
        "mask", types.DataFile(),
        "File that says which elements count: those that are 0 or false there are left out, whatever their labels.",
        DATA, ROWS, ROW_FUNCTIONS, metavar="SPEC", role="mask",
    ),
    RunOption(
        "classes", types.Names(), "Names of the classes, in their order: words or numbers.", DATA, TEXT,
        TEXT_FUNCTIONS, default=(), metavar="A,B,...", suite="data", request=COMPUTE,
    ),
    RunOption(
        "join", types.Names("columns"),
        "Pair rows by these columns, each key once; id=image_id where files name it differently.",
        DATA, FILES,
        FILE_FUNCTIONS, default=(), unset="by position", metavar="KEY[,KEY=KEY]", suite="data",
        request=COMPUTE,
    ),
    RunOption(
        "on_missing", types.Words(ON_MISSING, {"omit": "drop"}), "What to do with rows whose key another file lacks.",
        DATA, FILES, FILE_FUNCTIONS, unset=ON_MISSING[0], suite="data", request=COMPUTE,
    ),
    RunOption(
        "on_duplicate", types.Words(ON_DUPLICATE),
        "What to do if a key occurs twice in a file: error; same: count it once if its rows are equal; first: take its "
        "first row.", DATA,
        FILES, FILE_FUNCTIONS, default=ON_DUPLICATE[0], suite="data", request=COMPUTE,
    ),
    RunOption(
        "where", types.ConditionText(),
        "Only rows for which this holds of a column of any file (also != < <= > >=); may be repeated.", DATA, TEXT,
        TEXT_FUNCTIONS, multiple=True, default=(), unset="all rows",
        metavar="COLUMN=VALUE", suite="data", request=COMPUTE, completes="columns",
    ),
    RunOption(
        "drop_missing", types.Flag(),
        "Leave out rows in which a value is missing, null or NaN: short for --nan drop --missing drop.", DATA,
        ROWS, ROW_FUNCTIONS, default=False, suite="data",
    ),
    RunOption(
        "nan", types.Words(POLICIES, _LEAVE_OUT), "What to do with rows that hold NaN; drop means omit.", DATA, ROWS,
        ROW_FUNCTIONS, unset="error, or as --like does",
        suite="data", request=COMPUTE,
    ),
    RunOption(
        "missing", types.Words(POLICIES, _LEAVE_OUT), "What to do with rows that hold nulls; drop means omit.", DATA,
        ROWS, ROW_FUNCTIONS, default=POLICIES[0],
        suite="data", request=COMPUTE,
    ),
    RunOption(
        "stack", types.YesNo(),
        "Each file is one row, such as an image or a mask; --no-stack: each row of a 2-D array is one.", DATA, TEXT,
        TEXT_FUNCTIONS, suite="data", request=COMPUTE,
    ),
    RunOption(
        "header", types.Words(("auto", "yes", "no")), "Whether the first line of a CSV file names its columns.", DATA,
        TEXT, TEXT_FUNCTIONS, default="auto", suite="data", request=COMPUTE,
    ),
    RunOption(
        "delimiter", types.Text(), "What separates the columns of text files: a character, tab or blanks.", DATA, TEXT,
        TEXT_FUNCTIONS, unset="each file shows it", metavar="CHAR", suite="data", request=COMPUTE,
    ),
    RunOption(
        "decimal", types.Text(), "The decimal sign of numbers in text files: a dot or a comma.", DATA, TEXT,
        TEXT_FUNCTIONS, unset="each file shows it", metavar="CHAR", suite="data", request=COMPUTE,
    ),
    RunOption(
        "quote", types.Text(), "The character that cells of text files may be quoted with, or none.", DATA, TEXT,
        TEXT_FUNCTIONS, unset="double quotes", metavar="CHAR|none", suite="data", request=COMPUTE,
    ),
    RunOption(
        "escape", types.Text(), "The escape character of text files: the character after it is taken as it is.", DATA,
        TEXT, TEXT_FUNCTIONS, unset="nothing", metavar="CHAR", suite="data", request=COMPUTE,
    ),
)  # fmt: skip

OF_GROUPS = {
    "help": "Also show the difference of each group, with p-values adjusted for the number of groups: columns of any "
    "file, "
    "age:10 for bins of width 10, label for each class.",
    "heading": COMPARISON,
}  # fmt: skip

HELD_GROUPS = {
    "type": types.Flag(),
    "help": "Check every group of reports that were made with --by too, with p-values adjusted for their number.",
    "heading": RULES, "default": False, "metavar": "", "completes": "",
}  # fmt: skip

LOSS_VARIANTS = {
    "compare": {
        "help": "A loss, such as mse or focal:gamma=2,alpha=0.25; may be repeated.",
        "heading": COMPARISON,
        "metavar": "LOSS[:KEY=VALUE,...]",
        "required": True,
    },
    "why": {
        "help": "The loss, such as mse or focal:gamma=2,alpha=0.25; its value is a mean over rows.",
        "heading": COMPARISON,
        "metavar": "LOSS[:KEY=VALUE,...]",
        "required": True,
    },
    "slices": {
        "help": "The loss, such as mse or focal:gamma=2,alpha=0.25.",
        "heading": SEARCH,
        "metavar": "LOSS[:KEY=VALUE,...]",
        "required": True,
    },
    "inspect": {
        "help": "The loss that the files are for; its default kind of predictions is checked.",
        "heading": DECLARED,
        "metavar": "NAME",
        "multiple": False,
        "default": None,
    },
}

CANDIDATE_OPTIONS = (
    RunOption(
        "cand_labels", types.DataFile(),
        "The labels of CAND, if it has other rows than BASE; ::COLUMNS names columns of CAND's file.",
        COMPARISON, "why", unset="LABELS", metavar="SPEC",
    ),
    RunOption(
        "cand_weights", types.DataFile(), "The weights of CAND's rows, if it has other rows than BASE.",
        COMPARISON, "why", metavar="SPEC",
    ),
)  # fmt: skip

GROUP_OPTIONS = (
    RunOption(
        "by", GroupColumns(),
        "Also show the loss of each group: columns of any file, age:10 for bins of width 10, label for each class.",
        NUMBER, f"{LISTS} why gate", "compute compare", default=(), metavar="COLUMN[,COLUMN]", suite="data",
        request=COMPUTE,
        completes="columns", variants={
            "compare": OF_GROUPS, "losscli.compare": OF_GROUPS, "gate": HELD_GROUPS,
            "why": {**OF_GROUPS, "help": "The columns that make the groups: of any file, age:10 for bins of width 10, "
                    "label for each class."},
        },
    ),
    RunOption(
        "macro", types.Flag(), "The value is the mean of the values of the groups, each of which counts once.", NUMBER,
        COMPUTE, "compute", default=False, suite="data", request=COMPUTE,
    ),
    RunOption(
        "min_n", types.Whole(1), "Leave out groups with fewer rows than this.", NUMBER, f"{LISTS} why slices",
        "compute compare slices", unset="1", metavar="N", suite="data", request=COMPUTE,
        variants={
            "compare": {"heading": COMPARISON},
            "why": {"heading": COMPARISON, "help": "Groups with fewer rows than this, on both sides together, share "
            "one line."},
            "slices": {"heading": SEARCH, "default": 100, "unset": ""}, "losscli.slices": {"default": 100, "unset": ""},
        },
    ),
)  # fmt: skip

# of the searches through groups and parameters: losscli slices
SEARCH_OPTIONS = (
    RunOption(
        "over", GroupColumns(),
        "The columns of any file in which groups are looked for; age:10 for bins of width 10.", SEARCH, "slices",
        "slices", default=(), metavar="COLUMN[,COLUMN]", completes="columns",
    ),
    RunOption(
        "depth", types.Whole(1, 3), "How many columns may describe a group together.", SEARCH, "slices",
        "slices", default=3, metavar="1|2|3",
    ),
    RunOption(
        "quantile_bins", types.Whole(2, 20),
        "How many bins a column of numbers is cut into, each with about as many rows.", SEARCH, "slices", "slices",
        default=8, metavar="N",
    ),
    RunOption(
        "fdr", Rate(), "The share of the listed groups that may be there by chance, on average.",
        SEARCH, "slices", "slices", default=0.05, unset="5%", metavar="RATE",
    ),
    RunOption(
        "candidates", types.Whole(1, 100),
        "How many groups that one half of the rows finds are tested with the other half.", SEARCH, "slices", "slices",
        default=20, metavar="K",
    ),
)  # fmt: skip
