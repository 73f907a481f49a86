"""The laws of losscli's own losses, for the loss of this package."""

from math import isfinite, log

from losscli_logratio import log_ratio

from losscli.testing import check_loss


def size_of_parts(row):
    """The square of what is subtracted: where the two logarithms nearly cancel, their roundings are left."""
    parts = [abs(log(value)) for value in (row.pred, row.label) if isfinite(value)]
    return 4 * sum(parts) ** 2


def test_log_ratio_keeps_the_laws() -> None:
    check_loss(log_ratio, scale=size_of_parts)
