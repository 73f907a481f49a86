"""Several columns of two roles, paired by the names that both have."""

from __future__ import annotations

from ..core.errors import UsageProblem
from .column_names import ColumnNames, conflict, listed, places_by_name


def in_our_order(ours: ColumnNames, theirs: ColumnNames, called: str, table: str, role: str) -> tuple[int, ...] | None:
    """For each column of the predictions the place of its partner; None where names say nothing.

    Names of which only some are on both sides are a UsageProblem: they say neither what belongs together nor that
    positions do.
    """
    places = places_by_name(ours, theirs)
    if places is not None:
        return places
    names = conflict(ours, theirs)
    if names is None:
        return None
    option = f"--{role}" if role in ("label", "weight") else "PATH::"
    if ours.typed and theirs.typed:
        hint = "Write columns of one name at the same place in both lists."
    else:
        hint = f"To pair them by position, write them out: --pred A,B,... {option}{' ' * (role == 'label')}A,B,..."
    raise UsageProblem(
        f"By name and by position different columns belong together: the predictions are {listed(names[0])}, and the "
        f"{called} of {table} {listed(names[1])}.",
        hint,
        kind="names_differ",
        file=table,
        options=("pred", role),
    )
