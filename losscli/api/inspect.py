"""The Python interface of `inspect`: what files hold, and what is wrong with their pairing or their declaration."""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Sequence
from typing import Any

from ..core import registry
from ..core.diagnostics import WARNING, Alarm, InputDescription
from ..core.errors import UsageProblem
from ..core.inputs import KINDS
from ..core.loss import Loss
from ..inspection.fixes import FileNames
from ..inspection.inspect_files import inspect_files
from ..report.inspection_lines import Inspection
from ..report.model import Input
from ..sources.columns import InputRequest
from ..sources.formats.csv_dialect import is_number
from ..sources.joins.position_check import key_mismatches
from ..sources.names import shown
from ..sources.open import ReadOptions
from ..sources.unpaired import UnpairedFiles, apart
from .compute import Options, names_of

ANY = "softmax_cross_entropy"  # without a loss, labels are chosen as for this one: they may be names of classes


def inspect(
    predictions: Any,
    labels: Any = None,
    *,
    loss: str | Loss | None = None,
    input: str | None = None,
    pred: str | Sequence[str] = (),
    label: str | Sequence[str] = (),
    classes: Sequence[str] = (),
    header: str = "auto",
    delimiter: str | None = None,
) -> Inspection:
    """What predictions (and labels) hold, and with labels every sign that they are mis-paired or mis-declared.

    Data are given as to `compute`. Without `labels` and column names all columns of a file are described. `input` or
    `loss` say what the predictions are declared to be. Nothing is mended: each alarm has `id`, `severity`, `evidence`
    and `mend`. Returns a Inspection with `inputs` (descriptions), `alarms` and `warnings`.
    """
    columns = {"pred": names_of(pred), "label": names_of(label)}
    options = Options(input=input, columns=columns, classes=classes, text=ReadOptions(delimiter, header))
    return look({"pred": predictions, "label": labels}, loss, options)


def look(given: dict[str, Any], loss: str | Loss | None, options: Options) -> Inspection:
    """`inspect` with the options of a command."""
    began = time.perf_counter()
    declared = registry.find(loss) if isinstance(loss, str) else loss
    if options.input is not None and options.input not in (declared.pred if declared else KINDS):
        known = ", ".join(declared.pred if declared else KINDS)
        raise UsageProblem(
            f"input must be one of {known}, got {shown(options.input)}.", kind="bad_option", options=("input",)
        )
    wanted = InputRequest(given, options.columns, options.classes, options.text)
    data = apart(declared or registry.find(ANY), wanted)
    try:
        about = _about(data, given, declared, options)
        described, found, notes = inspect_files(data, about)
        found = [*_headers(data, options), *_ids(data, about), *found]
        inputs = [_input(each) for each in described]
    finally:
        data.close()
    elapsed = round(time.perf_counter() - began, 6)
    return Inspection(described, found, inputs, [*data.notes, *notes], "label" in data.arrays, elapsed)


def _headers(data: UnpairedFiles, options: Options) -> list[Alarm]:
    """Rows that were taken for a header by command: all names are numbers, and they do not count columns."""
    found = []
    for table in data.tables:
        counted = [str(index) for index in range(len(table.columns))]
        told = options.text.header == "yes" and table.columns and list(table.columns) != counted
        if told and all(map(is_number, table.columns)):
            first = ",".join(shown(name) for name in table.columns[:6])
            evidence = f"The first line of {table.name} ({first}) was taken for a header, and is all numbers."
            found.append(Alarm("eaten-header", WARNING, evidence, "Say --header no."))
    return found


def _ids(data: UnpairedFiles, about: FileNames) -> list[Alarm]:
    """Rows side by side whose ids differ."""
    if not {"pred", "label"} <= data.arrays.keys():
        return []
    mismatches = key_mismatches({role: data.arrays[role] for role in ("pred", "label")})
    return [
        Alarm("ids-differ", WARNING, each.evidence, about.command_with(f"--join {shlex.quote(each.column)}"))
        for each in mismatches
    ]


def _input(each: InputDescription) -> Input:
    return Input(each.role, each.name, each.format, each.dtype, each.shape, None)


def _about(data: UnpairedFiles, given: dict[str, Any], loss: Loss | None, options: Options) -> FileNames:
    """How sentences call the data, and the command that computes with them."""
    files = {role: _typed(given.get(role)) for role in ("pred", "label")}
    start = f"losscli compute {loss.name if loss else 'LOSS'}"
    words = [files["label"]] if files["label"] else ["LABELS"] if given.get("label") is not None else []
    if named := options.columns.get("label"):
        words += ["--label", shlex.quote(",".join(named))]
    classes = ["--classes", shlex.quote(",".join(options.classes))] if options.classes else []
    chosen = ["--pred", shlex.quote(",".join(options.columns["pred"]))] if options.columns.get("pred") else []
    pred = data.arrays.get("pred")
    forms: tuple[str, ...] = ()
    if loss is not None:
        forms = loss.label({p.name: p.default for p in loss.params}) if callable(loss.label) else loss.label
    return FileNames(
        _name(data, "pred"),
        _name(data, "label"),
        pred[0].path if pred else None,
        data.arrays["label"][0].path if "label" in data.arrays else None,
        " ".join([start, files["pred"] or "PREDICTIONS", *words, *chosen, *classes]),
        " ".join([start, _typed(given["pred"], path=True) or "PREDICTIONS", *words]),
        loss.name if loss else "",
        options.input or (loss.pred[0] if loss else None),
        tuple(loss.pred) if loss else (),
        forms,
        data.classes,
        pred[1].columns if pred else (),
    )


def _typed(given: Any, *, path: bool = False) -> str:
    """A SPEC, or only its path, as a shell takes it; arrays have none."""
    if not isinstance(given, str | os.PathLike):
        return ""
    text = os.fspath(given)
    return shlex.quote(text.partition("::")[0] if path else text)


def _name(data: UnpairedFiles, role: str) -> str:
    """A role's file, and its column where that is one of several."""
    if role not in data.arrays:
        return "what is given"
    table, pick = data.arrays[role]
    if len(pick.columns) == 1 and len(table.columns) > 1:
        return f"{table.name} column {shown(pick.columns[0])}"
    return table.name
