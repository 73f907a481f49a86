"""What an option of a role may name: a file, or a column of a file that is read anyway."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from typing import Any

from ...core.did_you_mean import nearest
from ...core.errors import UsageProblem
from ...core.safe_text import shown
from ..file_spec import parse
from ..frame import Picked


def as_spec(option: str, given: Any, roles: Mapping[str, Picked], predictions: Any) -> Any:
    """A column's name, or several with commas between them, as their SPEC; what names a file, or is data, as it is.

    A text that is both, a file and a column, is a UsageProblem that shows how to write either. `predictions` is what
    the predictions were given as: a column of theirs is one of their file.
    """
    if not isinstance(given, str) or not given or given == "-" or "::" in given:
        return given
    owner = next((role for role in ("pred", "label") if role in roles and _names(given, roles[role])), None)
    if owner is None:
        _check_file(option, given, roles)
        return given
    table = roles[owner][0]
    if os.path.exists(given):
        raise UsageProblem(
            f"--{option} {shown(given)} is a file, and a column of {table.name}.",
            f"Write ./{shown(given)} for the file, or {shlex.quote(f'{table.name}::{shown(given)}')} for the column.",
            kind="ambiguous",
            options=(option,),
        )
    if owner == "pred" or table.path is None or table is roles["pred"][0]:
        return f"::{given}" if not isinstance(predictions, str) else f"{parse(predictions).path}::{given}"
    return f"{os.fspath(table.path)}::{given}"


def _names(given: str, picked: Picked) -> bool:
    """Whether a text is the name of a column, or of several with commas between them."""
    columns = picked[0].columns
    return given in columns or ("," in given and all(name in columns for name in given.split(",")))


def _check_file(option: str, given: str, roles: Mapping[str, Picked]) -> None:
    """Refuse a word that is neither a file nor a column; what looks like a path is left to what opens it."""
    columns = [name for role in ("pred", "label") if role in roles for name in roles[role][0].columns]
    if not columns or set(given) & set("./\\*?[") or os.path.exists(given):
        return
    files = ", ".join(dict.fromkeys(roles[role][0].name for role in ("pred", "label") if role in roles))
    raise UsageProblem(
        f"--{option}: {shown(given)} is no file, and no column of {files}.",
        nearest(given, columns) or f"Columns are {', '.join(map(shown, dict.fromkeys(columns)))}.",
        kind="missing_file",
        file=given,
        options=(option,),
    )
