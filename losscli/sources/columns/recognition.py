"""Which column of a table is meant where none is named: one with a usual name whose values can be what is needed."""

from __future__ import annotations

import itertools
import re
import shlex
from collections.abc import Mapping
from contextlib import closing, suppress
from typing import Any

import numpy as np

from ...core.arrays.inputs import KINDS
from ...core.arrays.ragged import Ragged
from ...core.errors import LossCliError, UsageProblem
from ...core.loss import Loss
from ...core.record import record
from ...core.safe_text import shown
from ...core.scratch import Array
from ..file_spec import KIND_OF_NAME, USUAL_NAMES, usual_columns
from ..table import Pick, Table
from .column_names import listed

CALLED = {"pred": "predictions", "label": "labels", "weight": "weights", "mask": "mask"}
_PEEK = 1024  # rows looked at
_SCORES = ("logits", "probs", "logprobs")
_SCORED = (  # how the names of scores start
    r"(?i)((y_)?prob(s|a|ability|abilities)?|(y_)?scores?|logits?|confidence|rawprediction|p_?\d+)(?![a-z])"
)
_START = re.compile(r"[^\W\d_]+(?=\d)|[^\W\d_]\w*?[_.\- ](?=.)")  # of names that are numbered, or end in a class
KEY_NAMES = re.compile(r"(?i)(?:.*[_. ])?(?:id|ids|idx|index|key|row|uid|uuid)")  # what names rows, and is no value


@record
class Need:
    """What a loss needs, as far as it helps to choose columns. Without a loss nothing is known."""

    kind: str = ""  # of the predictions
    dimensions: tuple[int, ...] = ()  # of the predictions; () allows all
    forms: tuple[str, ...] = ()  # of the labels
    ignored: int | None = None  # the class number whose rows are left out
    quantile: float | None = None  # that one column of predictions is

    @classmethod
    def of(cls, loss: Loss, kind: str, params: Mapping[str, Any]) -> Need:
        """The need of a loss of this kind of predictions."""
        given = {param.name: params.get(param.name, param.default) for param in loss.params}
        try:
            forms = loss.label(given) if callable(loss.label) else loss.label
        except KeyError:  # a wrong parameter, which binding says
            forms = ()
        ignored, quantile = given.get("ignore_index"), params.get("quantile")
        return cls(
            kind,
            loss.pred_dims,
            tuple(forms),
            ignored if isinstance(ignored, int) else None,
            quantile if isinstance(quantile, float) else None,
        )

    @property
    def class_columns(self) -> bool:
        """Whether each column of the predictions is of a class, where labels are one number a row."""
        return self.kind != "embeddings" and bool({"index", "class"} & set(self.forms))

    @property
    def labels_are_values(self) -> bool:
        """Whether labels are real numbers, and never classes."""
        return self.forms == ("values",)


def usual_column(table: Table, role: str, others: tuple[str, ...], need: Need) -> tuple[str | None, bool]:
    """The column of `others` with a usual name for its role, if exactly one can be meant.

    And whether another loss might need another of them.
    """
    usual = usual_columns(others, USUAL_NAMES.get(role, (role,)))
    if len(usual) == 1:
        _refuse_hard(table, role, usual[0], others, need)
        return usual[0], False
    if not usual:
        return None, False
    fitting = tuple(column for column in usual if _fits(table, role, column, need))
    if len(fitting) > 1 and role == "pred":
        fitting = _of_kind(fitting, need.kind) or fitting
    if len(fitting) == 1:
        _refuse_hard(table, role, fitting[0], others, need)
        return fitting[0], True
    raise several(table, role, fitting or usual)


def several(table: Table, role: str, columns: tuple[str, ...]) -> UsageProblem:
    """That more than one column may be meant."""
    return UsageProblem(
        f"Which column of {table.name} holds the {CALLED.get(role, role)}? It may be any of {listed(columns)}.",
        f"Name what is meant: {', or '.join(f'--{role} {shlex.quote(shown(name))}' for name in columns[:4])}.",
        kind="missing_option",
        file=table.name,
        options=(role,),
        fix=f"--{role} {shlex.quote(shown(columns[0]))}",
    )


def likeliest(table: Table, role: str, columns: tuple[str, ...], need: Need) -> str:
    """The first of the columns that can hold what a role needs, to show how it is named; else the first of all.

    Columns whose names begin alike are one glob, where a loss takes a column a class, a quantile or a member.
    """
    roles = ("pred", "label", "weight")
    others = {name for other in roles if other != role for name in _usual_within(columns, USUAL_NAMES.get(other, ()))}
    own = tuple(name for name in columns if name not in others and not KEY_NAMES.fullmatch(name)) or columns
    if usual := _usual_within(own[:64], USUAL_NAMES.get(role, ())):
        return next((name for name in usual if _fits(table, role, name, need)), usual[0])
    if role == "pred" and (pattern := _alike(table, own[:64], columns, need)):
        return pattern
    if role == "pred" and need.quantile is not None:
        from .quantile_names import levels_of_names

        own = (*(name for name in own if levels_of_names((name,)) == (need.quantile,)), *own)
    return next((name for name in own[:64] if _fits(table, role, name, need)), own[0])


def _usual_within(columns: tuple[str, ...], usual: tuple[str, ...]) -> tuple[str, ...]:
    """The columns of usual names, which may be keys of an object or fields of a struct: `out.pred`."""
    return tuple(name for name in columns if usual_columns((name.rpartition(".")[2],), usual))


def _alike(table: Table, own: tuple[str, ...], columns: tuple[str, ...], need: Need) -> str:
    """A glob of the columns of numbers whose names begin alike, where a loss may take several; else an empty text."""
    if not (need.class_columns or need.dimensions == (2,)):
        return ""
    starts: dict[str, list[str]] = {}
    for name in own:
        if (match := _START.match(name)) is not None:
            starts.setdefault(match[0], []).append(name)
    for start, names in sorted(starts.items(), key=lambda each: -len(each[1])):
        among = [name for name in columns if name.startswith(start)]
        if len(names) > 1 and among == names and all(_is_numbers(table, name) for name in names):
            return f"{start}*"
    return ""


def _is_numbers(table: Table, column: str) -> bool:
    try:
        field = table.describe(Pick((column,)))
    except LossCliError:
        return False
    return field.dtype != "text" and len(field.shape) == 1


def _fits(table: Table, role: str, column: str, need: Need) -> bool:
    """Whether a column can hold what the role needs, by its type and shape, and by its first values."""
    try:
        field = table.describe(Pick((column,)))
    except LossCliError:  # neither numbers nor text, or lists of differing length
        return role == "label" and "sequence" in need.forms
    if field.dtype == "text":
        return role == "label" and not need.labels_are_values
    if role != "pred":
        return True
    if need.dimensions and len(field.shape) not in need.dimensions:
        return False
    kind = KINDS.get(need.kind)
    values = first_values(table, Pick((column,)))
    if kind is None or values is None or not values.size:
        return True
    return bool(np.nanmin(values) >= kind.low - 1e-6 and np.nanmax(values) <= kind.high + 1e-6)


def _of_kind(columns: tuple[str, ...], kind: str) -> tuple[str, ...]:
    """Those whose name says this kind of predictions, where the names of all others say another."""
    kinds = {column: KIND_OF_NAME[column.lower()] for column in columns}
    known = kinds.values()
    return tuple(column for column in columns if kinds[column] == kind) if "" not in known else ()


def _refuse_hard(table: Table, role: str, column: str, others: tuple[str, ...], need: Need) -> None:
    """Refuse a column of decided classes for a loss of scores, where others are named as scores are."""
    if role != "pred" or need.kind not in _SCORES or KIND_OF_NAME.get(column.lower()):
        return
    scores = tuple(name for name in others if name != column and re.match(_SCORED, name))
    if not scores:
        return
    values = first_values(table, Pick((column,)))
    if values is None or not values.size or (np.floor(values) != values).any():
        return
    name = shown(column)
    raise UsageProblem(
        f"Which column of {table.name} holds the predictions? The first rows of {name} are whole numbers, as decided "
        f"classes are, and there are {listed(scores)} beside it.",
        f"Name what is meant: --pred {shlex.quote(shown(scores[0]))}, or --pred {shlex.quote(name)}.",
        kind="missing_option",
        file=table.name,
        column=column,
        options=("pred",),
        fix=f"--pred {shlex.quote(shown(scores[0]))}",
    )


def first_values(table: Table, pick: Pick) -> Array | None:
    """The numbers in the first rows; None where they cannot be looked at without losing them, or are none."""
    array = _first_rows(table, pick)
    if array is None or isinstance(array, Ragged) or array.dtype.kind not in "biuf":
        return None
    values = np.asarray(array, dtype=np.float64).ravel()
    return values[~np.isnan(values)]


def first_texts(table: Table, column: str) -> tuple[str, ...]:
    """The texts in the first rows of a column; () where they cannot be looked at without losing them.

    Of a text file that comes as a stream it is the first one, which has been read with the head of the file.
    """
    if not table.repeatable and hasattr(table, "first_cell"):
        cell = table.first_cell(column)
        return () if cell is None else (cell,)
    pick = Pick((column,) if column else (), text=True)
    array = _first_rows(table, pick)
    return texts_of(array) if array is not None else ()


def texts_of(array: Any) -> tuple[str, ...]:
    """A column of texts, as tables give it, or of numbers, as Python texts."""
    if isinstance(array, Ragged):
        data, at = array.values.tobytes(), array.offsets.tolist()
        parts = (data[start:stop] for start, stop in itertools.pairwise(at))
        return tuple(part.decode("utf-8", "surrogateescape") for part in parts)
    array = np.asarray(array).ravel()
    if array.dtype.kind == "f" and np.array_equal(array, np.floor(array)):
        array = array.astype(np.int64)
    if array.dtype.kind == "S":
        return tuple(text.decode("utf-8", "surrogateescape") for text in array.tolist())
    return tuple(map(str, array.tolist()))


def _first_rows(table: Table, pick: Pick) -> Any:
    if not table.repeatable:
        return None
    with suppress(LossCliError, ValueError), closing(iter(table.blocks({"head": pick}, _PEEK))) as blocks:  # type: ignore[type-var]
        block = next(blocks)()
        return block.arrays["head"]
    return None
