"""What commands share that have a subcommand for each loss."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from ..core import registry
from ..core.errors import UsageProblem
from ..core.inputs import FORMS, KINDS
from ..core.loss import Loss
from ..report.pages.loss_page import forms
from .params import flag

if TYPE_CHECKING:
    from ..api.compute import Options

Given = tuple[dict[str, Any], dict[str, tuple[str, ...]], dict[str, Any]]


class Losses(click.Group):
    """Every loss is a command; its options come from its declaration. `make` builds it."""

    def __init__(self, *args: Any, make: Callable[[Loss], click.Command], **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.make = make

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(registry.everything())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:
        return self.make(registry.find(cmd_name))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        try:
            found = registry.find(name)
        except UsageProblem as problem:
            if "." in name or "/" in name:
                raise UsageProblem(
                    f"{name} stands where the loss should.", f"Write {ctx.command_path} LOSS PREDICTIONS LABELS."
                ) from None
            raise problem
        return found.name, self.make(found), args[1:]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Losses"):
            formatter.write_dl([(name, made.summary) for name, made in registry.everything().items()])


def inputs_help(loss: Loss) -> list[tuple[str, str]]:
    """What the arguments of the command may be."""
    kinds = "; ".join(f"{kind}: {KINDS[kind].help}" for kind in loss.pred)
    found = [("PREDICTIONS", f"A file or SPEC (PATH::COLUMNS, or - for standard input). {kinds}.")]
    if labels := forms(loss):
        found.append(("LABELS", "; ".join(f"{form}: {FORMS[form].help}" for form in labels) + "."))
    return found


def given_to(loss: Loss, values: dict[str, Any]) -> Given:
    """The files of the three roles, the columns named, and the loss's parameters and extra roles."""
    given = {"pred": values["predictions"], "label": values["labels"], "weight": values["weights"]}
    named = {name: tuple(values[name].split(",")) if values[name] else () for name in ("pred", "label", "weight")}
    arguments = {p.name: values[p.name] for p in loss.params if values[p.name] is not None}
    arguments |= {r.name: values[r.name] for r in loss.roles if not r.internal and values[r.name] is not None}
    return given, named, arguments


def options_of(values: dict[str, Any], columns: dict[str, tuple[str, ...]], hashed: bool) -> Options:
    """What the options of `compute` and `batch` say in common."""
    from ..api.compute import Options
    from ..engine.run import Settings
    from ..sources.open import ReadOptions

    threads = values["threads"] or 0
    return Options(
        input=values["input"],
        reduction=values["reduction"],
        denominator=values["denominator"],
        like=values["like"],
        nan=values["nan"],
        precision=values["precision"],
        columns=columns,
        classes=tuple(values["classes"].split(",")) if values["classes"] else (),
        text=ReadOptions(values["delimiter"], values["header"], threads),
        join=tuple(values["join"].split(",")) if values["join"] else (),
        on_missing=values["on_missing"],
        settings=Settings(missing=values["missing"], threads=threads, max_memory=values["max_memory"]),
        ci=values["ci"],
        bootstrap=values["bootstrap"],
        hash_inputs=hashed and not values["no_hash"],
    )


def refuse_empty(values: dict[str, Any]) -> None:
    """An empty text is a shell variable that was not set; as a SPEC it would mean the predictions' own file."""
    for name, value in values.items():
        if value == "":
            what = name.upper() if name in ("predictions", "labels") else flag(name)
            raise UsageProblem(f"{what} is empty.", "Is a variable of the shell not set?")


def paths(given: dict[str, Any], arguments: dict[str, Any]) -> list[str | int]:
    """All that may be an input file, standard input as its descriptor; `-o` must be none of them."""
    texts = [value for value in (*given.values(), *arguments.values()) if isinstance(value, str)]
    found = [text.partition("::")[0] for text in texts]
    if any(os.path.isdir(path) or set("*?[") & set(path) for path in found):
        from ..sources.file_listing import members_at

        found += [member.path for path in found for member in members_at(path)]
    return [0 if path == "-" else path for path in found]
