"""`losscli inspect PREDICTIONS [LABELS]`: what files hold, and whether they belong together."""

from __future__ import annotations

from typing import Any

import click

from ...core import registry
from ...core.loss_spec import LossSpec
from ...report.renderers.registry import OF_INSPECTIONS
from ..options import options_of
from ..output import Output
from ..per_loss import paths, refuse_empty
from ..sectioned_command import SectionedCommand

HELP = """Describe files, and check that predictions and labels belong together.

Of each file it shows the shape, the range, how many values are missing, a sketch of the distribution, and the kind that
the values suggest. With labels it also looks for mistakes: it computes the loss of a sample with the rows shifted, in
other orders of rows and classes, with labels that count from 1, with the files exchanged, and with another kind of
predictions. Where one of these is much better, an alarm says so, with the evidence and what to type. No file is
changed. The exit code is 1 if there are alarms.
"""


def _inspect(**values: Any) -> int:
    from ...api.inspect import look
    from ...api.requests.request import LossRequest, request_from

    refuse_empty(values)
    output = Output.of(values, ("json",)).reporting(OF_INSPECTIONS)
    losses = [LossRequest(LossSpec(registry.find(values["loss"]), {}, {}))] if values["loss"] else []
    files = {"pred": values["predictions"], "label": values["labels"]}
    request = request_from("inspect", values, losses, files, hash_inputs=output.hashed)
    with output.opened(paths(request)) as targets:
        inspection = look(request)
        output.write_survey(inspection, targets)
    return 1 if inspection.has_alarms else 0


command = SectionedCommand(
    "inspect",
    params=[
        click.Argument(["predictions"], metavar="PREDICTIONS"),
        click.Argument(["labels"], metavar="[LABELS]", required=False),
        *options_of("inspect"),
    ],
    callback=_inspect,
    help=HELP,
    short_help="Describe files, and check that predictions and labels belong together.",
    epilog="Example: losscli inspect preds.npy labels.npy -l focal",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
