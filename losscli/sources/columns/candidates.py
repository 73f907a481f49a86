"""Roles of a comparison: predictions of other models, and the column that says which rows belong together."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from ...core.did_you_mean import nearest
from ...core.errors import UsageProblem
from ...core.record import replace
from ...core.safe_text import shown
from ..arrays import ArrayTable
from ..file_spec import parse
from ..frame import Picked
from ..table import Pick, Table
from .choice import ColumnChooser
from .column_names import listed

CANDIDATE = "candidate "  # and a number: a role's name
CLUSTER = "cluster"
BY = "by "  # and a number: the role of a column by which rows are grouped
KEEP = "keep "  # and a number: the role of a column that stands beside the losses of rows


def candidate_roles(chosen: ColumnChooser, roles: Mapping[str, Picked]) -> dict[str, Picked]:
    """The roles of the candidates and of the clusters, if any are wanted."""
    given = chosen.wanted.given
    names = [name for name in given if name.startswith(CANDIDATE)]
    extra_roles = {name: _candidate(chosen, given[name], roles["pred"]) for name in names}
    for name, (table, _) in extra_roles.items():
        if table.format == "array":
            table.name = name if len(names) > 1 else CANDIDATE.strip()  # type: ignore[misc]  # tells models apart
    if given.get(CLUSTER) is not None:
        extra_roles[CLUSTER] = _cluster(chosen, given[CLUSTER], {**roles, **extra_roles})
        _refuse_several(extra_roles[CLUSTER])
    if any(table.format == "array" for table, _ in (*roles.values(), *extra_roles.values())):
        from ..memory.lists_of_rows import check_lengths

        check_lengths({**roles, **extra_roles}, sequences="sequence" in chosen.need.forms)
    return extra_roles


def _candidate(chosen: ColumnChooser, given: Any, base: Picked) -> Picked:
    """Another model's predictions; columns named alone are of the base's file."""
    if isinstance(given, str) and given.startswith("::") and isinstance(chosen.wanted.given["pred"], str):
        given = parse(chosen.wanted.given["pred"]).path + given
    return chosen.candidate(given, base)


def _cluster(chosen: ColumnChooser, given: Any, roles: Mapping[str, Picked]) -> Picked:
    """A column of a file that takes part anyway, or a SPEC, or an array."""
    if not isinstance(given, str):
        return as_names(*chosen.pick(CLUSTER, given))
    if "::" not in given:
        for role in ("label", "pred", *(name for name in roles if name.startswith(CANDIDATE))):
            if role in roles and given in roles[role][0].columns:
                return roles[role][0], Pick((given,), text=True)
        if not os.path.exists(given):
            files = ", ".join(dict.fromkeys(table.name for table, _ in roles.values()))
            columns = tuple(dict.fromkeys(name for table, _ in roles.values() for name in table.columns))
            hint = f"There are: {listed(columns)}." if columns else "Name a file that has one value a row."
            raise UsageProblem(f"There is no column {shown(given)} in {files}.", nearest(given, columns) or hint)
    return as_names(*chosen.pick(CLUSTER, given))


def as_names(table: Table, pick: Pick) -> Picked:
    """The column of a role whose values are names, as its file has them; texts in memory become numbers."""
    if isinstance(table, ArrayTable) and isinstance(table.array, np.ndarray) and table.array.dtype.kind in "US":
        codes = np.unique(table.array, return_inverse=True)[1]
        return ArrayTable(codes, table.name, missing=table.missing, index=table.index), pick
    return table, replace(pick, text=bool(pick.columns) and table.format != "array")


def _refuse_several(picked: Picked) -> None:
    """Of several values in a row no one says which cluster it is of."""
    table, pick = picked
    if any(side != 1 for side in table.describe(pick).shape[1:]):
        what = f"column {shown(pick.columns[0])} of {table.name}" if pick.columns else table.name
        raise UsageProblem(
            f"--cluster takes one value a row, and {what} holds several.",
            "Name a column that says which rows belong together.",
            kind="bad_shape",
            options=("cluster",),
        )
