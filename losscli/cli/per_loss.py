"""What commands share that have a subcommand for each loss."""

from __future__ import annotations

import itertools
import os
import shlex
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from ..core import registry
from ..core.declarations.conventions import is_call
from ..core.errors import UsageProblem
from ..core.loss import Loss
from ..core.loss_spec import LossSpec, alias_of
from .params import flag

if TYPE_CHECKING:
    from ..api.requests.request import Request
    from ..stats.comparison.verdict import Margin

WRITTEN = "losscli.loss"  # where click's context holds the name that was written for the loss

COMMON = [
    ("--pred COLUMN, --label COLUMN", "Columns of a table that hold predictions and labels."),
    ("--input probs|logits|...", "What the predictions are, where a loss takes several kinds."),
    ("--weight COLUMN", "The column of the weights."),
    ("--like FRAMEWORK", "Compute the value that a framework reports, such as torch or sklearn."),
    ("--json, --format value", "The result for programs: all of it, or the number alone."),
]


class Losses(click.Group):
    """Every loss is a command; its options come from its declaration. `make` builds it."""

    def __init__(self, *args: Any, make: Callable[[Loss], click.Command], **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.make = make

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [each.name for each in registry.listing()]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:
        return self.make(registry.find(cmd_name))

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """A loss may be left out where --like has a call, which says what it is."""
        like = _like_of(args)
        if is_call(like) and not registry.is_known(args[0]):
            from ..core.calls.reading import read_call

            args = [read_call(like).loss.name, *args]
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        try:
            loss = registry.find(name)
        except UsageProblem as problem:
            from .other_words import loss_to_type, several_losses

            what, instead = several_losses(name, args[1:])
            if what and ctx.info_name == "compute":
                raise UsageProblem(what, instead, kind="unknown_loss", options=("loss",)) from None
            suffix = name.rpartition(".")[2]
            if suffix != name and suffix.isalnum() and not suffix[0].isdigit():
                is_file = True
            else:
                is_file = not registry.is_sum(name) and ("." in name or "/" in name)
            if is_file:
                instead = loss_to_type(args, str(ctx.info_name))
                raise UsageProblem(f"{name} stands where the loss should.", instead) from None
            raise problem
        following = args[1] if len(args) > 1 else ""
        plain = following.replace("_", "").replace("-", "").isalnum()  # and no file with a suffix
        if ctx.info_name == "compute" and plain and registry.is_known(following) and not os.path.exists(following):
            from .other_words import several_losses

            also = list(itertools.takewhile(registry.is_known, args[1:]))
            what, instead = several_losses(",".join([name, *also]), args[1 + len(also) :])
            if what:
                raise UsageProblem(what, instead, kind="unknown_loss", options=("loss",))
        ctx.meta[WRITTEN] = name
        return shlex.quote(loss.name), self.make(loss), args[1:]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        from ..core.families import by_family

        with formatter.section("Options that are used most"):
            formatter.write_dl(COMMON)
        for family, losses in by_family(registry.listing()).items():
            with formatter.section(f"Losses: {family}"):
                formatter.write_dl(
                    (
                        each.name,
                        each.summary.rstrip(".") + (f" ({', '.join(each.aliases[:3])})" if each.aliases else ""),
                    )
                    for each in losses
                )


def _like_of(args: list[str]) -> str:
    """The value of --like among arguments that are not parsed yet; empty where there is none."""
    for number, word in enumerate(args):
        if word == "--":
            break
        if word.startswith("--like="):
            return word.partition("=")[2]
        if word == "--like" and number + 1 < len(args):
            return args[number + 1]
    return ""


def request_of(command: str, loss: Loss, values: dict[str, Any], *, hash_inputs: bool = False) -> Request:
    """The request of a command line with one loss."""
    from ..api.requests.request import LossRequest, request_from

    names = [*(param.name for param in loss.params), *(role.name for role in loss.roles if not role.internal)]
    arguments = {name: values[name] for name in names if values[name] is not None}
    files = {"pred": values["predictions"], "label": values["labels"]}
    alias = alias_of(loss, click.get_current_context().meta.get(WRITTEN, ""))
    losses = [LossRequest(LossSpec(loss, arguments, {}, alias=alias))]
    return request_from(command, values, losses, files, hash_inputs=hash_inputs)


def margin_of_options(given: tuple[tuple[str, float], ...]) -> Margin:
    """What --margin says: a number, a percentage, or one of each."""
    from ..stats.comparison.verdict import Margin

    kinds = [kind for kind, _ in given]
    if len(set(kinds)) < len(kinds):
        raise UsageProblem(
            f"--margin is given twice as {kinds[0]}.",
            "Give a number, a percentage, or one of each.",
            options=("margin",),
        )
    return Margin(**dict(given))


def refuse_empty(values: dict[str, Any]) -> None:
    """An empty text is a shell variable that was not set; as a SPEC it would mean the predictions' own file."""
    for name, value in values.items():
        if value == "":
            what = name.upper() if name in ("predictions", "labels") else flag(name)
            raise UsageProblem(f"{what} is empty.", "Is a variable of the shell not set?")
    if not all(values.get("files", ())):
        raise UsageProblem("A file's name is empty.", "Is a variable of the shell not set?")


def paths(request: Request) -> list[str | int]:
    """All that may be an input file, standard input as its descriptor; `-o` must be none of them."""
    arguments = [value for requested in request.losses for value in requested.spec.arguments.values()]
    texts = [value for value in (*request.files.values(), *arguments) if isinstance(value, str)]
    named = [text.partition("::")[0] for text in texts]
    if any(os.path.isdir(path) or set("*?[") & set(path) for path in named):
        from ..sources.datasets.file_listing import members_at

        named += [member.path for path in named for member in members_at(path)]
    return [0 if path == "-" else path for path in named]
