"""What a declaration does not say of the data that its loss takes, and a drawing of them must know."""

from __future__ import annotations

from ...core.record import record


@record
class DataHints:
    """What is to be known of a loss's data beside its declaration.

    Attributes:
        columns: how many columns predictions have, where it is always the same number; 0: any.
        ordered: whether the columns of a row go upwards, as the bounds of an interval do.
        one_role: whether it takes one of several extra roles, not all of them.
        infinite: whether the loss has a limit where predictions are infinite.
        mixes_rows: the forms of labels with which a row's loss depends on other rows, so that no formula of a row can
            be asked.
        hard_masks: whether labels are masks of 0 and 1 with nothing between, of images of several pixels.
    """

    columns: int = 0
    ordered: bool = False
    one_role: bool = False
    infinite: bool = True
    mixes_rows: tuple[str, ...] = ()
    hard_masks: bool = False
