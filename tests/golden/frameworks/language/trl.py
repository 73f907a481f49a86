"""TRL: the statements of DPOTrainer that make a loss of log-probabilities, taken from the installed package and run.

They stand within a method that also runs the model, so that they cannot be called by themselves.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from types import CodeType, SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from ...ask import Question, Variant, Way, answered, grid
from ...case import Case, Raised
from ...draw import FLOATS, Array, Data, Dtype, Rng

VERSIONS = {"trl": distribution("trl").version, "torch": torch.__version__}


@cache
def _statements() -> CodeType:
    """The chain of if and elif over loss_type."""
    source = Path(str(distribution("trl").locate_file("trl/trainer/dpo_trainer.py"))).read_text(encoding="utf-8")
    chains = [
        node
        for loop in ast.walk(ast.parse(source))
        if isinstance(loop, ast.For) and "loss_type" in ast.unparse(loop.target)
        for node in loop.body
        if isinstance(node, ast.If) and ast.unparse(node.test) == "loss_type == 'sigmoid'"
    ]
    (chain,) = chains
    return compile(ast.Module([chain], []), "dpo_trainer.py", "exec")


def dpo(loss_type: str, pred: Array, label: Array, count: Array, beta: float = 0.1, smoothing: float = 0.0) -> Array:
    """What the trainer makes of each pair."""
    chosen, rejected = (torch.tensor(pred[:, i] - label[:, i]) for i in (0, 1))
    lengths = torch.tensor(count.T.reshape(-1))
    mask = (torch.arange(int(lengths.max()))[None, :] < lengths[:, None]).to(chosen.dtype)
    names = {
        "loss_type": loss_type,
        "self": SimpleNamespace(beta=beta, label_smoothing=smoothing, args=SimpleNamespace(discopop_tau=0.05)),
        "device": "cpu",
        "torch": torch,
        "F": functional,
        "completion_mask": mask,
        "chosen_logratios": chosen,
        "rejected_logratios": rejected,
        "chosen_scores": chosen,
        "rejected_scores": rejected,
        "delta_score": chosen - rejected,
    }
    exec(_statements(), names)
    return np.asarray(names["per_sequence_loss"])


def cases(rng: Rng, raises: list[Raised] | None = None) -> Iterator[Case]:
    """What TRL answers; calls without an answer go to `raises`."""
    return answered("trl", _questions(rng), _names, raises)


def _names(question: Question) -> dict[str, Any]:
    arrays = question.data.arrays()
    return {"dpo": dpo, "count": COUNTS[: len(question.data.pred)], **arrays}


COUNTS = np.array([[9, 4], [1, 7], [30, 12], [5, 5], [2, 3], [8, 1], [6, 6]])


def _questions(rng: Rng) -> Iterator[Question]:
    for dtype in FLOATS:
        plain = _pairs(rng, dtype)
        counted = Data(plain.name, plain.pred, plain.label, {"count": COUNTS})
        betas = (Variant("beta=0.5", {"beta": 0.5}),)
        for form in ("sigmoid", "hinge", "apo_zero", "nca_pair", "sppo_hard"):
            yield from grid(_way(form, betas), [plain], rng, None)
        yield from grid(_way("ipo", betas), [counted], rng, None)
        smoothed = (Variant("smoothing=0.2", {"label_smoothing": 0.2}),)
        yield from grid(_way("robust", (*betas, *smoothed)), [plain], rng, None)
        for form in ("apo_down", "discopop"):
            yield from grid(_way(form, betas), [plain], rng, None)
        yield from grid(_way("sigmoid_norm", betas), [counted], rng, None)
        few = tuple(Variant(f"smoothing={s}", {"label_smoothing": s}) for s in (0.001, 0.2))
        yield from grid(replace(_way("exo_pair", few), base=False), [plain], rng, None)


def _pairs(rng: Rng, dtype: Dtype) -> Data:
    policy = -np.round(rng.uniform(5.0, 60.0, (len(COUNTS), 2)), 2)
    reference = np.minimum(policy + np.round(rng.normal(0.0, 4.0, policy.shape), 2), -0.5)
    return Data("plain", policy.astype(dtype), reference.astype(dtype))


def _way(form: str, variants: tuple[Variant, ...]) -> Way:
    call = f"dpo('{form}', pred, label, count{{more}})"
    reductions = {"mean": "CALL.mean()", "none": "CALL"}
    return Way("preference", form, call, reductions, arguments={"form": form}, variants=variants)
