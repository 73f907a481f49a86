"""What losscli should reach: peer time / losscli time, by table. A row that misses its target stays and says so."""

from __future__ import annotations

ELEMENTWISE = ("mse", "mae", "huber", "hinge", "sigmoid CE", "focal", "KL 1M x 10", "dice 64 x 512 x 512")
ROWWISE = ("1M x 10", "500k x 100", "100k x 1000")
SMALL_COMMANDS = 10.0  # whole command on small files, against a scikit-learn or torch script
NPY_FILE = 10.0  # one gigabyte of NPY, against a torch script
MSE_FLOOR = 2.0  # mse, times the floor


def _row(elementwise: tuple[float, ...], rowwise: tuple[float, ...]) -> dict[str, float]:
    """Targets by row; softmax cross entropy and softmax focal share theirs."""
    found = dict(zip(ELEMENTWISE, elementwise, strict=True))
    for shape, target in zip(ROWWISE, rowwise, strict=True):
        found[f"softmax CE {shape}"] = found[f"softmax focal {shape}"] = target
    return found


TORCH = {
    "float64": _row((4, 6, 3, 6, 5, 12, 7, 4), (5, 4, 4)),
    "float32": _row((3, 4, 1.8, 2.5, 2, 5, 4, 3), (4, 2, 2)),
    "single": _row((4, 6, 3, 5, 4, 14, 9, 4), (7, 3, 3)),
}
COMPILED = {
    "float64": _row((0.7, 0.6, 0.55, 0.5, 0.9, 0.8, 1, 0.6), (1.2, 1.2, 1)),
    "float32": {},
    "single": _row((0.6, 0.6, 0.6, 0.6, 0.8, 0.9, 1.1, 0.6), (1.1, 0.8, 0.7)),
}
for _table in TORCH.values():  # at least level
    _table["CTC 200 x 64 x 50"] = _table["CTC 200 x 64 x 50, log-probs"] = 1.0
