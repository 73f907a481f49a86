"""`losscli sweep LOSS PREDICTIONS LABELS --gamma 0:5:0.25`: a loss for many values of its parameters."""

from __future__ import annotations

from typing import Any

import click

from ...api.options.run_option import OF_THE_LOSS
from ...core.errors import UsageProblem
from ...core.loss import Loss
from ...report.renderers.registry import FORMATS_OF_LISTINGS, OF_LISTINGS
from ..loss_command import LossCommand
from ..options import options_of
from ..output import Output
from ..params import SectionedOption, flag, of_param, of_role
from ..per_loss import Losses, paths, refuse_empty, request_of


@click.command(
    cls=Losses,
    make=lambda loss: build(loss),
    subcommand_metavar="LOSS [OPTIONS] PREDICTIONS [SECOND] [LABELS]",
    epilog="Example: losscli sweep focal preds.npy labels.npy --gamma 0:5:0.25 --alpha 0.1,0.25,0.5",
)
def command() -> None:
    """Compute a loss for many values of its parameters in one reading.

    A parameter takes a range START:STOP:STEP, whose end is among its values, a list A,B,..., or one value. With the
    predictions of a second model it says whether the order of the two models depends on the parameters.
    """


def build(loss: Loss) -> click.Command:
    """The command of a loss."""
    params: list[click.Parameter] = [
        click.Argument(["files"], metavar="PREDICTIONS [SECOND] [LABELS]", nargs=-1),
        *(_axis(each) for each in loss.params),
        *(of_role(role) for role in loss.roles if not role.internal),
        *map(_repeated, options_of("sweep", loss)),
    ]
    return LossCommand(loss, _help, params=params, callback=lambda **values: sweep(loss, values))


def _repeated(option: SectionedOption) -> SectionedOption:
    """--pred may stand twice, once for each model."""
    if option.name == "pred":
        option.multiple = True
        option.help = f"{option.help} Twice for two models."
    return option


def _axis(param: Any) -> click.Option:
    """The option of a parameter, which takes several values; they are checked together."""
    option = of_param(param)
    return SectionedOption(
        [flag(param.name)], metavar="START:STOP:STEP|A,B,...", help=option.help, section=OF_THE_LOSS[0]
        if not param.knob else OF_THE_LOSS[1],
    )  # fmt: skip


def _help(loss: Loss) -> tuple[str, str]:
    from ...report.pages.loss_page import example

    name = next((each.name for each in loss.params if each.kind is float and not each.knob), "PARAMETER")
    text = (
        f"The value of {loss.name} for many values of its parameters, in one reading.\n\nA parameter takes a range "
        "START:STOP:STEP, a list A,B,..., or one value. With a second model (three files, or --pred twice) it is said "
        "whether the order of the two depends on the parameters."
    )
    return text, f"Example: {example(loss).replace('compute', 'sweep', 1)} {flag(name)} 0:1:0.25"


def sweep(loss: Loss, values: dict[str, Any]) -> int:
    """Compute every point, and write what they are."""
    from ...api.sweep import swept
    from ...api.sweeps.run_points import SECOND
    from ...core.record import replace

    refuse_empty(values)
    output = Output.of(values, FORMATS_OF_LISTINGS).reporting(OF_LISTINGS)
    models, labels = _models_and_labels(values)
    hashed = output.hashed and not values["no_hash"]
    pred = values["pred"][0] if len(values["pred"]) == 1 else ()
    said = {**values, "predictions": models[0], "labels": labels, "pred": pred}
    request = request_of("sweep", loss, said, hash_inputs=hashed)
    if len(models) > 1:
        request = replace(request, files={**request.files, SECOND: models[1]})
    with output.opened(paths(request)) as targets:
        output.write_listing(swept(request), targets)
    return 0


def _models_and_labels(values: dict[str, Any]) -> tuple[list[str], str | None]:
    """The predictions of one model or two, and the labels. With --pred twice both are columns of one file."""
    models, labels = _files(values)
    columns = values["pred"]
    if len(columns) < 2:
        return models, labels
    if len(columns) > 2 or len(models) > 1 or "::" in models[0]:
        raise UsageProblem(
            "A sweep takes one model or two, and --pred twice names two in the file of the predictions.",
            "Write losscli sweep focal TABLE --pred A --pred B --label Y --gamma 0:5:0.25.",
            kind="contradiction", options=("pred",),
        )  # fmt: skip
    return [f"{models[0]}::{','.join(each)}" for each in columns], labels


def _files(values: dict[str, Any]) -> tuple[list[str], str | None]:
    """The predictions of one model or two, and the labels; the last of several files is that of the labels."""
    files = list(values["files"])
    if not 1 <= len(files) <= 3:
        raise UsageProblem(
            "A sweep takes the predictions of one model or two, and the labels.",
            "Write losscli sweep focal PREDICTIONS [SECOND] LABELS --gamma 0:5:0.25.",
        )
    labels = files.pop() if len(files) > 1 else None
    return files, labels
