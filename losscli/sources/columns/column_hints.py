"""What to type where shapes do not fit, with the names of the columns that the files at hand have."""

from __future__ import annotations

import re
import shlex

from ...core.errors import LossCliError
from ...core.safe_text import shown
from ..file_spec import USUAL_NAMES, usual_columns, without_index
from ..frame import Frame
from ..table import Pick, Table
from .quantile_names import levels_of_names
from .recognition import KEY_NAMES

_MOST = 12
_OF_CLASSES = ("softmax_cross_entropy ", "nll ")
_ONE_COLUMN = (
    "It takes one column a class. One column for a yes-or-no label is for sigmoid_cross_entropy (bce), or for log_loss "
    "where it holds probabilities."
)


def name_columns(problem: LossCliError, frame: Frame) -> LossCliError:
    """The same problem; one of shapes says which columns of these files to name."""
    table, pick = frame.roles["pred"]
    if problem.kind == "bad_shape" and problem.options == ("pred",) and len(frame.fields["pred"].shape) == 1:
        problem.hint = _several_predictions(problem, table, pick, frame)
    if problem.kind == "bad_shape" and len(pick.columns) > 1 and levels_of_names(pick.columns) is not None:
        problem.hint += " Several quantiles, a column each, are for mean_quantile_loss and wql."
    if problem.kind == "missing_labels" and "label" in problem.options:
        problem.hint = _labels(table, pick)
    return problem


def _several_predictions(problem: LossCliError, table: Table, pick: Pick, frame: Frame) -> str:
    """How to name a column of predictions a class."""
    used = {name for role, (_, other) in frame.roles.items() if role != "pred" for name in other.columns}
    taken = {name for role in ("label", "weight") for name in usual_columns(table.columns, USUAL_NAMES.get(role, ()))}
    others = (name for name in without_index(table.columns) if name not in used | taken)
    names = [name for name in others if not KEY_NAMES.fullmatch(name) and _is_number(table, name)]
    if _is_one_prediction(table, pick) and problem.message.startswith(_OF_CLASSES):
        return _ONE_COLUMN
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


def _is_one_prediction(table: Table, pick: Pick) -> bool:
    """Whether one column is named as predictions usually are, and no other begins as it does."""
    if len(pick.columns) != 1:
        return False
    others = [name for name in table.columns if name != pick.columns[0]]
    usual = usual_columns(pick.columns, USUAL_NAMES["pred"])
    return bool(usual) and not any(_stem(name) == _stem(pick.columns[0]) for name in others)


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
