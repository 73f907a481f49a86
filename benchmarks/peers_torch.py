"""torch: eager as a user writes it, and torch.compile of the same."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812
from data import Case
from peers import Call

torch.set_num_threads(2)
Tensor = torch.Tensor


def hinge(x: Tensor, y: Tensor) -> Tensor:
    """torch has no hinge loss of scores."""
    return (1 - x * y).clamp(min=0).mean()


def focal(x: Tensor, y: Tensor, gamma: float = 2.0) -> Tensor:
    """torchvision.ops.sigmoid_focal_loss with alpha -1."""
    p = torch.sigmoid(x)
    cross_entropy = F.binary_cross_entropy_with_logits(x, y, reduction="none")
    p_t = p * y + (1 - p) * (1 - y)
    return (cross_entropy * (1 - p_t) ** gamma).mean()


def softmax_focal(x: Tensor, y: Tensor, gamma: float = 2.0) -> Tensor:
    """The usual few lines over cross_entropy."""
    cross_entropy = F.cross_entropy(x, y, reduction="none")
    return ((1 - torch.exp(-cross_entropy)) ** gamma * cross_entropy).mean()


def kl(p: Tensor, q: Tensor) -> Tensor:
    """kl_div takes logarithms of predictions."""
    return F.kl_div(p.log(), q, reduction="batchmean")


def dice(p: Tensor, y: Tensor) -> Tensor:
    """The mean of a loss an image."""
    overlap = (p * y).sum(dim=(1, 2))
    return (1 - 2 * overlap / (p.sum(dim=(1, 2)) + y.sum(dim=(1, 2)))).mean()


LOSSES: dict[str, Any] = {
    "mse": F.mse_loss,
    "mae": F.l1_loss,
    "huber": F.huber_loss,
    "hinge": hinge,
    "sigmoid_cross_entropy": F.binary_cross_entropy_with_logits,
    "focal": focal,
    "kl_divergence": kl,
    "dice": dice,
    "softmax_cross_entropy": F.cross_entropy,
    "softmax_focal": softmax_focal,
}


def prepare(case: Case) -> tuple[dict[str, Call], dict[str, str]]:
    """torch and torch.compile."""
    torch.set_grad_enabled(False)
    if case.loss == "ctc":
        return {"torch": _ctc(case)}, {"torch.compile": "has no kernel of its own for CTC"}
    loss = LOSSES[case.kind]
    x, y = torch.from_numpy(case.pred), torch.from_numpy(case.label)
    compiled = torch.compile(loss, dynamic=False)
    return {"torch": lambda: float(loss(x, y)), "torch.compile": lambda: float(compiled(x, y))}, {}


def _ctc(case: Case) -> Call:
    x = torch.from_numpy(case.pred).transpose(0, 1).contiguous()  # torch wants time first
    y = torch.from_numpy(case.label)
    steps = torch.full((x.shape[1],), x.shape[0])
    sizes = torch.full((len(y),), y.shape[1])
    ready = case.params.get("input") == "logprobs"

    def call() -> float:
        logs = x if ready else F.log_softmax(x, 2)
        return float(F.ctc_loss(logs, y, steps, sizes, reduction="none").mean())

    return call
