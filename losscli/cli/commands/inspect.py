"""`losscli inspect PREDICTIONS [LABELS]`: what files hold, and whether they belong together."""

from __future__ import annotations

from typing import Any

import click

from ...core.inputs import KINDS
from ..options import SectionedCommand, column_options, ending_options, option_in, output_options, text_options
from ..output import Output
from ..per_loss import paths, refuse_empty

FORMATS = ("table", "plain", "json")
HELP = """What files hold, and whether they belong together.

Shape, range, missing values, a sketch of the distribution and the kind that the values suggest. With labels also a
preflight: the loss under candidate repairs (shifted rows, other orders of rows and classes, labels from 1, exchanged
files, another kind of predictions) on a sample. An alarm names its evidence and what mends it; nothing is mended by
itself. Exit code 1 with alarms.
"""


def _options() -> list[click.Parameter]:
    said = option_in("What is declared")
    unused = ("--weight", "--weights", "--join", "--on-missing", "--join-memory")
    return [
        click.Argument(["predictions"], metavar="PREDICTIONS"),
        click.Argument(["labels"], metavar="[LABELS]", required=False),
        said("-l", "--loss", metavar="NAME", help="The loss they are for; its default kind of predictions is checked."),
        said("--input", type=click.Choice(tuple(KINDS)), help="What the predictions are said to be."),
        *(option for option in column_options() if not set(unused) & set(option.opts)),
        *text_options(),
        *(option for option in output_options(FORMATS) if "--no-hash" not in option.opts),
        *ending_options(),
    ]


def _inspect(**values: Any) -> int:
    from ...api.compute import Options
    from ...api.inspect import look
    from ...sources.open import ReadOptions

    refuse_empty(values)
    output = Output.of(values)
    given = {"pred": values["predictions"], "label": values["labels"]}
    named = {name: tuple(values[name].split(",")) if values[name] else () for name in ("pred", "label")}
    options = Options(
        input=values["input"],
        columns=named,
        classes=tuple(values["classes"].split(",")) if values["classes"] else (),
        text=ReadOptions(values["delimiter"], values["header"], 0),
    )
    sink = output.opened(paths(given, {}))
    try:
        found = look(given, values["loss"], options)
        output.write_survey(found, sink)
    except BaseException:
        sink.discard()
        raise
    return 1 if found.has_alarms else 0


command = SectionedCommand(
    "inspect",
    params=_options(),
    callback=_inspect,
    help=HELP,
    short_help="What files hold, and whether they belong together.",
    epilog="Example: losscli inspect preds.npy labels.npy -l focal",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
