"""Tables of the configuration that are of `losscli compute LOSS` alone, where another command computes the loss."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from ...core import loss_spec, registry
from ...core.errors import LossCliError
from ...core.loss_spec import LossSpec
from ...core.safe_text import shown
from .config_file import ConfigFile

COMPUTE = "compute"


def idle_tables(ctx: click.Context, file: ConfigFile) -> Iterator[str]:
    """A note for each table of a loss that the command computes, as far as nothing typed says otherwise.

    A suite's losses are not typed: there each table is noted.
    """
    if ctx.info_name == COMPUTE or not isinstance(ctx.params.get("loss"), tuple):
        return
    tables = file.table.get(COMPUTE)
    specs = _specs(ctx.params["loss"])
    for name, table in tables.items() if isinstance(tables, dict) else ():
        if not isinstance(table, dict) or not table:
            continue
        place = f"{file.name}, [{'.'.join((*file.prefix, COMPUTE, name))}], is of losscli compute alone"
        if not specs and ctx.info_name == "batch":
            yield f"{place}; the losses of a suite say their own."
        for spec in specs:
            left = _left(table, spec) if _same(name, spec) else {}
            if left:
                more = ",".join(f"{key}={_spelt(value)}" for key, value in left.items())
                text = spec.text + ("," if ":" in spec.text else ":") + more
                yield f"{place}; write -l {shown(text)} where it is meant here too."


def _specs(texts: tuple[str, ...]) -> list[LossSpec]:
    """The losses that are typed; what is none has its own sentence elsewhere."""
    specs = []
    for text in texts:
        try:
            specs.append(loss_spec.read(text))
        except LossCliError:
            continue
    return specs


def _left(table: dict[str, Any], spec: LossSpec) -> dict[str, Any]:
    """What the table sets of the loss, and the typed word does not."""
    named = {key.replace("-", "_"): value for key, value in table.items()}
    said = {*spec.arguments, *spec.options}
    return {key: value for key, value in named.items() if key in loss_spec.keys(spec.loss) and key not in said}


def _same(name: str, spec: LossSpec) -> bool:
    try:
        return registry.find(name).name == spec.loss.name
    except LossCliError:
        return False


def _spelt(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(map(_spelt, value)) if isinstance(value, list) else str(value)
