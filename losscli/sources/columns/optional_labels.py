"""Losses that go with labels and without: whether a column beside the predictions is meant as labels."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from ...core.errors import UsageProblem
from ...core.safe_text import shown


def goes_without_labels(
    forms: Sequence[str], named: Sequence[str] | None, columns: Sequence[str], usual: Sequence[str]
) -> bool:
    """Whether `--label none` says that there are no labels.

    `forms` are those of the labels that the loss takes, `named` what --label names, `usual` the columns that are called
    as labels mostly are. Where the loss is another number with labels and without, such a column is asked for.
    """
    if "none" not in forms:
        return False
    if not named and usual and len(forms) > 1 and "index" not in forms:
        label = shlex.quote(usual[0])
        raise UsageProblem(
            f"Column {shown(usual[0])} may hold the labels, and this loss goes with labels and without.",
            f"Say --label {label}, or --label none for no labels.",
            kind="missing_option",
            options=("label",),
            fix=f"--label {label}",
        )
    return tuple(named or ()) == ("none",) and "none" not in columns
