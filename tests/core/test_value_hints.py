"""The hint of a refused value follows what stands in the file, and each command it gives works on that file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import losscli
from losscli.core.errors import LossCliError

Y = [0, 1, 1, 0]
P = [0.1, 0.9, 0.8, 0.3]
COLUMNS = [[0.9, 0.1], [0.2, 0.8], [0.3, 0.7], [0.6, 0.4]]
THREE = [[0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8], [0.6, 0.2, 0.2]]

# loss, kind, predictions, labels, what the message says; commands in it are tried by the test below
MISTAKES: list[tuple[str, str | None, Any, Any, str]] = [
    ("dice", "probs", [[P, P]], [[[0, 255, 255, 0], [255, 0, 0, 0]]], "divide by 255"),
    ("bce", "probs", P, [0, 255, 255, 0], "divide by 255"),
    ("bce", "probs", [12, 255, 0, 3], Y, "divide by 255"),
    ("bce", "probs", [10.5, 99.0, 80.0, 30.0], Y, "divided by 100"),
    ("bce", "probs", P, [0.5, 99.5, 0.0, 30.0], "divided by 100"),
    ("bce", "probs", [-2.0, 3.0, 2.0, -1.0], Y, 'input="logits"'),
    ("bce", "probs", [-0.1, -3.0, -2.0, -1.0], Y, 'input="logprobs"'),
    ("bce", "logprobs", P, Y, 'input="probs"'),
    ("ce", "logprobs", COLUMNS, Y, 'input="probs"'),
    ("js_divergence", None, [[-3.0, 3.0], [2.0, 1.0]], [[0.5, 0.5], [0.2, 0.8]], "take sigmoid or softmax first"),
    ("bce", "probs", P, [-1, 1, 1, -1], "hinge"),
    ("bce", "probs", P, [1, 2, 2, 1], "subtract 1"),
    ("bce", "probs", P, [0, 3, 1, 2], "one column of predictions a class"),
    ("ce", "probs", THREE, [1, 2, 3, 1], "subtract 1"),
    ("ce", "probs", THREE, [0, 1, 255, 0], "ignore_index=255"),
    ("ce", "probs", THREE, [0, 1, -100, 0], "ignore_index=-100"),
    ("bce", "probs", COLUMNS, Y, 'softmax_cross_entropy input="probs", or for log_loss'),
    ("poisson_nll", "rates", [-1.0, 2.0, 0.5, 1.0], Y, 'input="log_rates"'),
]
OPTION = re.compile(r'(input|ignore_index)="?(-?\w+)')
LOSSES = {"softmax_cross_entropy": {"input": "probs"}, "log_loss": {}, "hinge": {}}


@pytest.mark.parametrize(("loss", "kind", "pred", "label", "says"), MISTAKES)
def test_a_hint_follows_the_value_and_works(
    loss: str, kind: str | None, pred: Any, label: Any, says: str, tmp_path: Path
) -> None:
    np.save(tmp_path / "p.npy", np.array(pred))
    np.save(tmp_path / "y.npy", np.array(label))
    files = str(tmp_path / "p.npy"), str(tmp_path / "y.npy")
    with pytest.raises(LossCliError) as caught:
        losscli.compute(loss, *files, input=kind)
    assert says in caught.value.hint, caught.value
    for option, value in OPTION.findall(caught.value.hint):
        if "softmax_cross_entropy input=" in caught.value.hint:
            continue
        given = {"input": kind, option: int(value) if option == "ignore_index" else value}
        assert losscli.compute(loss, *files, **given).n > 0
    for other, options in LOSSES.items():
        if other in caught.value.hint:
            assert losscli.compute(other, *files, **options).n == len(label)


def test_what_is_to_be_saved_again_then_works() -> None:
    for pred, label in [(P, np.array([0, 255, 255, 0]) / 255), (np.array([10.5, 99.0, 80.0, 30.0]) / 100, Y)]:
        assert losscli.compute("bce", np.array(pred), np.array(label), input="probs").n == 4
    assert losscli.compute("ce", np.array(THREE), np.array([1, 2, 3, 1]) - 1, input="probs").n == 4


@pytest.mark.parametrize(
    ("cell", "says"),
    [("[0.1 0.9]", "each number in a column of its own"), ("[0.1, 0.9]", "each number in a column of its own"),
     ("tensor(0.9)", "a tensor written as text: save the number alone, 0.9"), ("[0.9]", "save the number alone, 0.9"),
     ("array([0.1, 0.9], dtype=float32)", "an array written as text"),
     ("tensor([0.1], device='cuda:0')", "save the number alone, 0.1"),
     ("np.float64(0.25)", "save the number alone, 0.25"),
     ("tensor(0.9, grad_fn=<MulBackward0>)", "the number alone, 0.9")],
)  # fmt: skip
@pytest.mark.parametrize("row", [0, 5000])
def test_objects_written_as_text(cell: str, says: str, row: int, tmp_path: Path) -> None:
    rows = ["0.5,1"] * 6000
    rows[row] = f'"{cell}",1'
    (tmp_path / "p.csv").write_text("pred,label\n" + "\n".join(rows) + "\n")
    with pytest.raises(LossCliError, match="written as text") as caught:
        losscli.compute("mse", str(tmp_path / "p.csv"))
    assert says in caught.value.hint
