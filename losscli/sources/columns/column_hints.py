"""What to type where shapes do not fit, with the names of the columns that the files at hand have."""

from __future__ import annotations

import re
import shlex

from ...core.errors import LossCliError
from ...core.safe_text import shown
from ..file_spec import USUAL_NAMES, usual_columns, without_index
from ..frame import Frame
from ..table import Pick, Table
from .recognition import KEY_NAMES

_MOST = 12


def name_columns(problem: LossCliError, frame: Frame) -> LossCliError:
    """The same problem; one of shapes says which columns of these files to name."""
    table, pick = frame.roles["pred"]
    if problem.kind == "bad_shape" and problem.options == ("pred",) and len(frame.fields["pred"].shape) == 1:
        problem.hint = _several_predictions(table, pick, frame)
    if problem.kind == "missing_labels" and "label" in problem.options:
        problem.hint = _labels(table, pick)
    return problem


def _several_predictions(table: Table, pick: Pick, frame: Frame) -> str:
    """How to name a column of predictions a class."""
    used = {name for role, (_, other) in frame.roles.items() if role != "pred" for name in other.columns}
    taken = {name for role in ("label", "weight") for name in usual_columns(table.columns, USUAL_NAMES.get(role, ()))}
    others = (name for name in without_index(table.columns) if name not in used | taken)
    names = [name for name in others if not KEY_NAMES.fullmatch(name) and _is_number(table, name)]
    alike = [name for name in names if _stem(name) == _stem(pick.columns[0])] if pick.columns else []
    chosen = alike if len(alike) > 1 else names
    if not 1 < len(chosen) <= _MOST:
        starts = _common_start(chosen) if len(chosen) > 1 else ""
        if not starts or any(name.startswith(starts) and name not in chosen for name in table.columns):
            if not table.columns:
                return f"It takes several numbers a row, and {table.name} holds one. Save an array of two axes."
            here = f"{table.name} has {len(names)} column{'s' * (len(names) != 1)} of numbers"
            return f"It takes several columns (one a class, member or bound) or a column of lists, and {here}."
        return f"Name several columns, such as with --pred {shlex.quote(starts + '*')}."
    return f"Name several columns, such as with --pred {shlex.quote(','.join(map(shown, chosen)))}."


def _labels(table: Table, pick: Pick) -> str:
    """How to name the column of labels."""
    others = [name for name in without_index(table.columns) if name not in pick.columns]
    if not others or not table.columns:
        return f"{table.name} has no other column: give a second file, with the labels."
    usual = usual_columns(tuple(others), USUAL_NAMES["label"])
    named = usual or [name for name in others if not KEY_NAMES.fullmatch(name)] or others
    return f"Name their column, such as with --label {shlex.quote(shown(named[0]))}, or give a second file."


def _is_number(table: Table, name: str) -> bool:
    try:
        field = table.describe(Pick((name,)))
    except LossCliError:
        return False
    return field.dtype != "text" and len(field.shape) == 1


def _common_start(names: list[str]) -> str:
    first = names[0]
    return next(first[:end] for end in range(len(first), -1, -1) if all(n.startswith(first[:end]) for n in names))


def _stem(name: str) -> str:
    return re.sub(r"[\W_]*\d+$|(?<=[_.]).*$", "", name)
