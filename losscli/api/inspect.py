"""The Python interface of `inspect`: what files hold, and what is wrong with their pairing or their declaration."""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Mapping, Sequence
from typing import Any

from ..core import registry
from ..core.diagnostics import WARNING, Alarm, InputDescription
from ..core.loss import Loss
from ..core.safe_text import shown
from ..inspection.checks.fixes import FileNames
from ..inspection.inspect_files import inspect_files
from ..report.lines.inspection_lines import Inspection
from ..report.model import Input
from ..sources.columns.choice import InputRequest
from ..sources.columns.recognition import KEY_NAMES
from ..sources.formats.csv.csv_dialect import is_number
from ..sources.joins.position_check import key_mismatches
from ..sources.unpaired import UnpairedFiles, open_unpaired
from .requests.input_files import InputHashes
from .requests.request import Options, Request, request_of_call
from .requests.uneven_lists import with_lists_of_any_length

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
    where: str | Sequence[str] = (),
    stack: bool | None = None,
    header: str = "auto",
    delimiter: str | None = None,
    decimal: str | None = None,
    quote: str | None = None,
    escape: str | None = None,
) -> Inspection:
    """What predictions (and labels) hold, and with labels every sign that they are mis-paired or mis-declared.

    Data are given as to `compute`. No file is changed: each alarm has `id`, `severity`, `evidence` and a `fix`.

    Args:
        predictions: What the model says. Without labels and column names all columns of a file are described.
        labels: What is true of the same rows, if their pairing is to be checked as well.
        loss: The loss they are for, or its name; its default kind of predictions is checked.
        input: What the predictions are. One of logits, probs, logprobs, scores, values, rates, log_rates, classes,
            embeddings, distances, cosines. Default: the loss's own.
        pred: Columns of the predictions: names or globs, comma-separated. Names, in a list or with commas between them.
        label: Columns of the labels, or none for a loss that needs no labels. Names, in a list or with commas between
            them.
        classes: Names of the classes, in their order: words or numbers. Names, in a list or with commas between them.
        where: Only rows for which this holds of a column of any file (also != < <= > >=); may be repeated.
            COLUMN=VALUE, such as split=val (or !=, <, <=, >, >=; a gap or NaN never matches). Default: all rows.
        stack: Each file is one row, such as an image or a mask; --no-stack: each row of a 2-D array is one. True or
            false.
        header: Whether the first line of a CSV file names its columns. One of auto, yes, no. Default: auto.
        delimiter: What separates the columns of text files: a character, tab or blanks. Default: each file shows it.
        decimal: The decimal sign of numbers in text files: a dot or a comma. Default: each file shows it.
        quote: The character that cells of text files may be quoted with, or none. Default: double quotes.
        escape: The escape character of text files: the character after it is taken as it is. Default: nothing.

    Returns:
        An Inspection: descriptions of the `inputs`, the `alarms`, `warnings`, and the `profile` of the loss along the
        rows, where rows stand side by side.

    Raises:
        UsageProblem: for a request that cannot be met.
        DataProblem: for files that cannot be read.

    Example:
        >>> import losscli
        >>> losscli.inspect([0.2, 0.9, 0.4], [0, 1, 0], input="probs", loss="bce").alarms
        []
    """
    from .python.words import python_words, worded

    with python_words():
        return worded(look(request_of_call("inspect", locals(), {"pred": predictions, "label": labels})))


def look(request: Request) -> Inspection:
    """`inspect` of a request: with one loss, or with none."""
    return with_lists_of_any_length(_look, request)


def _look(request: Request) -> Inspection:
    began = time.perf_counter()
    loss = request.losses[0].spec.loss if request.losses else None
    options, files = request.options, request.files
    data = open_unpaired(
        loss or registry.find(ANY),
        InputRequest(
            files,
            options.columns,
            options.classes,
            options.reading,
            where=options.conditions,
            uneven=request.uneven,
        ),
        (options.input or loss.pred[0]) if loss else "",
    )
    try:
        about = _about(data, files, loss, options)
        hashes = InputHashes(data.tables) if request.hash_inputs else None
        inspected = inspect_files(data, about)
        alarms = [*_headers(data, options), *_ids(data, about), *inspected.alarms]
        tables = [table for table, _ in [*data.arrays.values(), *data.texts.values()]]
        known = hashes.by_path() if hashes else {}
        inputs = [
            _input(each, known.get(str(table.path))) for each, table in zip(inspected.described, tables, strict=True)
        ]
    finally:
        data.close()
    elapsed = round(time.perf_counter() - began, 6)
    notes = [*data.notes, *inspected.notes]
    paired = "label" in data.arrays
    return Inspection(inspected.described, alarms, inputs, notes, paired, elapsed, inspected.profile)


def _headers(data: UnpairedFiles, options: Options) -> list[Alarm]:
    """Rows that were taken for a header by command: all names are numbers, and they do not count columns."""
    alarms = []
    for table in data.tables:
        counted = [str(index) for index in range(len(table.columns))]
        by_command = options.header == "yes" and table.columns and list(table.columns) != counted
        if by_command and all(map(is_number, table.columns)):
            first = ",".join(shown(name) for name in table.columns[:6])
            evidence = f"The first line of {table.name} ({first}) was taken for a header, and is all numbers."
            alarms.append(Alarm("eaten-header", WARNING, evidence, "Say --header no."))
    return alarms


def _ids(data: UnpairedFiles, about: FileNames) -> list[Alarm]:
    """Rows side by side whose ids differ."""
    if not {"pred", "label"} <= data.arrays.keys():
        return []
    mismatches = key_mismatches({role: data.arrays[role] for role in ("pred", "label")})
    return [
        Alarm("ids-differ", WARNING, each.evidence, about.command_with(f"--join {shlex.quote(each.column)}"))
        for each in mismatches
    ]


def _input(each: InputDescription, sha256: str | None) -> Input:
    return Input(each.role, each.name, each.format, each.dtype, each.shape, sha256)


def _about(data: UnpairedFiles, files: Mapping[str, Any], loss: Loss | None, options: Options) -> FileNames:
    """How sentences call the data, and the command that computes with them."""
    typed = {role: _typed(files.get(role)) for role in ("pred", "label")}
    start = f"losscli compute {loss.name if loss else 'LOSS'}"
    words = [typed["label"]] if typed["label"] else ["LABELS"] if files.get("label") is not None else []
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
        " ".join([start, typed["pred"] or "PREDICTIONS", *words, *chosen, *classes]),
        " ".join([start, _typed(files["pred"], path=True) or "PREDICTIONS", *words]),
        loss.name if loss else "",
        options.input or (loss.pred[0] if loss else None),
        tuple(loss.pred) if loss else (),
        forms,
        data.classes,
        pred[1].columns if pred else (),
        _key(data),
    )


def _key(data: UnpairedFiles) -> str:
    """A column that both files have and nobody takes for values, one that is named as keys are first."""
    if not {"pred", "label"} <= data.arrays.keys():
        return "KEY"
    (ours, chosen), (theirs, labels) = (data.arrays[role] for role in ("pred", "label"))
    taken = {*chosen.columns, *labels.columns} if chosen.columns and labels.columns else set()
    both = [name for name in ours.columns if name in theirs.columns and name not in taken]
    return next((name for name in both if KEY_NAMES.fullmatch(name)), both[0] if both else "KEY")


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
