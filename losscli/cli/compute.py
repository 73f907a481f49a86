"""`losscli compute LOSS PREDICTIONS LABELS`: one loss of one data set, its own options."""

from __future__ import annotations

from typing import Any

import click

from ..core import registry
from ..core.errors import UsageProblem
from ..core.inputs import FORMS, KINDS
from ..core.loss import Loss
from ..report.page import example, forms, paragraphs
from .output import FORMATS, Output
from .params import flag, of_param, of_role
from .shared import Grouped, data_options, number_options, output_options


class Losses(click.Group):
    """Every loss is a command; its options come from its declaration."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(registry.everything())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:
        return build(registry.find(cmd_name))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        try:
            found = registry.find(name)
        except UsageProblem as problem:
            if "." in name or "/" in name:
                raise UsageProblem(
                    f"{name} stands where the loss should.", "Write losscli compute LOSS PREDICTIONS LABELS."
                ) from None
            raise problem
        return found.name, build(found), args[1:]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Losses"):
            formatter.write_dl([(name, made.summary) for name, made in registry.everything().items()])


@click.command(
    cls=Losses,
    subcommand_metavar="LOSS [OPTIONS] PREDICTIONS [LABELS]",
    epilog="See losscli compute LOSS --help for the options of one loss.",
)
def command() -> None:
    """One loss of one data set.

    PREDICTIONS and LABELS are files, or SPECs: PATH::COLUMNS, or - for standard input.
    """


def build(loss: Loss) -> click.Command:
    """The command of a loss."""
    params: list[click.Parameter] = [
        click.Argument(["predictions"], metavar="PREDICTIONS"),
        click.Argument(["labels"], metavar="[LABELS]", required=False),
        *map(of_param, loss.params),
        *(of_role(role) for role in loss.roles if not role.internal),
        *number_options(loss.pred, _reductions(loss)),
        *data_options(),
        *output_options(FORMATS),
    ]

    def callback(**values: Any) -> None:
        compute(loss, values)

    made = Grouped(
        loss.name,
        params=params,
        callback=callback,
        help=_help(loss),
        short_help=loss.summary,
        epilog=f"Example: {example(loss)}",
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    made.inputs = _inputs(loss)
    return made


def _inputs(loss: Loss) -> list[tuple[str, str]]:
    kinds = "; ".join(f"{kind}: {KINDS[kind].help}" for kind in loss.pred)
    found = [("PREDICTIONS", f"A file or SPEC (PATH::COLUMNS, or - for standard input). {kinds}.")]
    if labels := forms(loss):
        found.append(("LABELS", "; ".join(f"{form}: {FORMS[form].help}" for form in labels) + "."))
    return found


def _reductions(loss: Loss) -> tuple[str, ...]:
    pooled = loss.finish_function is not None and loss.reductions[0] != "sum"
    return (*loss.reductions, "pooled") if pooled else loss.reductions


def _help(loss: Loss) -> str:
    first, *rest = paragraphs(loss) or [loss.name]
    also = [f"Also called {', '.join(loss.aliases)}."] if loss.aliases else []
    return "\n\n".join([first, f"\b\n  {loss.formula_text}", *rest, *also])


def compute(loss: Loss, values: dict[str, Any]) -> None:
    """Compute, and write the report."""
    from ..api import Options, evaluate
    from ..engine.run import Settings
    from ..sources.open import ReadOptions

    _refuse_empty(values)
    output = Output(
        values["format"],
        values["as_json"],
        None if values["output"] == "-" else values["output"],
        values["color"],
        values["quiet"],
        values["verbose"],
    )
    kind = output.chosen
    given = {"pred": values["predictions"], "label": values["labels"], "weight": values["weights"]}
    named = {
        name: tuple((values[name] or "").split(",")) if values[name] else () for name in ("pred", "label", "weight")
    }
    arguments = {p.name: values[p.name] for p in loss.params if values[p.name] is not None}
    arguments |= {r.name: values[r.name] for r in loss.roles if not r.internal and values[r.name] is not None}
    options = Options(
        input=values["input"],
        reduction=values["reduction"],
        denominator=values["denominator"],
        columns=named,
        classes=tuple(values["classes"].split(",")) if values["classes"] else (),
        text=ReadOptions(values["delimiter"], values["header"], values["threads"] or 0),
        precision=values["precision"],
        settings=Settings(
            values["nan"],
            values["missing"],
            values["threads"] or 0,
            values["reduction"] == "none",
            max_memory=values["max_memory"],
        ),
        hash_inputs=kind == "json" and not values["no_hash"],
    )
    sink = output.opened(_paths(given, arguments))
    try:
        report = evaluate(loss, given, arguments, options)
        output.notes(report)
        output.write(report, sink)
    except BaseException:
        if sink is not None:
            sink.discard()
        raise


def _refuse_empty(values: dict[str, Any]) -> None:
    """An empty text is a shell variable that was not set; as a SPEC it would mean the predictions' own file."""
    for name, value in values.items():
        if value == "":
            what = name.upper() if name in ("predictions", "labels") else flag(name)
            raise UsageProblem(f"{what} is empty.", "Is a variable of the shell not set?")


def _paths(given: dict[str, Any], arguments: dict[str, Any]) -> list[str | int]:
    """All that may be an input file, standard input as its descriptor; `-o` must be none of them."""
    texts = [value for value in (*given.values(), *arguments.values()) if isinstance(value, str)]
    return [0 if text == "-" else text.partition("::")[0] for text in texts]
