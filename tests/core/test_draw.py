"""The generators themselves: they vary, they reach the ends of domains and infinity, and they leave nothing out."""

from __future__ import annotations

import itertools
import math

import draw
import numpy as np
import pytest

from losscli.core import registry
from losscli.core.declarations.domain import Choice, Interval
from losscli.core.loss import Loss

NAMES = draw.every_loss()


@pytest.fixture(params=NAMES)
def loss(request: pytest.FixtureRequest) -> Loss:
    return registry.find(request.param)


def test_every_loss_loads() -> None:
    assert sorted(registry.everything()) == NAMES
    assert all(loss.formula_function for loss in registry.everything().values())


def test_exceptions_name_real_losses() -> None:
    assert {name for name, _ in draw.NOT_ROW_WISE} | set(draw.NO_LIMIT) <= set(NAMES)


def test_every_kind_and_form_is_drawn(loss: Loss) -> None:
    drawn = draw.draws(loss)
    assert {d.kind for d in drawn} == set(loss.pred)
    assert {d.form for d in drawn} == draw.all_forms(loss)


def test_draws_repeat_and_vary(loss: Loss) -> None:
    drawn = draw.draws(loss)
    again, other = (filter(None, itertools.islice(draw.drawer(loss, seed).plans(), 12)) for seed in (0, 1))
    same = list(again)
    for a, b in zip(same, drawn, strict=False):
        assert str(a) == str(b)
        np.testing.assert_array_equal(a.pred, b.pred)
    differing = sum(a.pred.tobytes() != b.pred.tobytes() for a, b in zip(same, other, strict=False))
    assert differing > len(same) / 2 > 0
    for d in drawn:
        assert not np.isnan(d.pred).any()
    wide = [d for d in drawn if d.pred.size >= 8]
    varied = [d for d in wide if len(np.unique(d.pred)) > 3]
    assert len(varied) > 0.9 * len(wide) > 0


def test_labels_vary(loss: Loss) -> None:
    for form in draw.all_forms(loss) - {"none"}:
        labels = [d.label for d in draw.draws(loss) if d.form == form]
        assert len({label.dtype for label in labels}) > 1
        assert len({label.tobytes() for label in labels}) > len(labels) / 4
    soft = {"binary", "distribution"} & draw.all_forms(loss)
    for form in soft:
        values = np.concatenate([d.label.ravel() for d in draw.draws(loss) if d.form == form])
        assert {0.0, 1.0} <= set(values)
        assert ((values > 0) & (values < 1)).any() or loss.name in draw.OF_HARD_MASKS


def test_shapes_vary(loss: Loss) -> None:
    shapes = {d.pred.shape[1:] for d in draw.draws(loss)}
    assert len(shapes) > 1 or loss.pred_dims == (1,) or loss.name in draw.OF_PAIRS | draw.INTERVALS | draw.OF_BOXES
    assert all(len(s) + 1 in loss.pred_dims for s in shapes) or not loss.pred_dims


def test_every_parameter_moves_to_its_ends(loss: Loss) -> None:
    for param in draw.neutral(loss):
        if param.name in (*draw.LAYOUT_ONLY, *draw.OF_A_HISTORY):
            continue
        if loss.class_masks and param.name == "class_weights":  # a mean whose weights are all 0 is refused
            continue
        given = [d.params[param.name] for d in draw.draws(loss) if param.name in d.params]
        plain = {v for v in given if not isinstance(v, tuple)}
        plain |= {v for several in given if param.per == "column" and isinstance(several, tuple) for v in several}
        if isinstance(param.domain, Choice):
            missing = set(param.domain.values) - plain - {param.default, "exo_pair"}  # which needs a share of labels
            assert not missing, f"{param.name} never is {missing}"
        elif isinstance(param.domain, Interval):
            for end in (param.domain.low, param.domain.high):
                if param.domain.contains(end):
                    assert end in plain, f"{param.name} never is {end}"
                elif math.isfinite(end):
                    assert any(abs(v - end) <= 1 + abs(end) for v in plain if v is not None)
            assert len(plain) > 2 or param.name in ("batch_size", "sub_centers")  # blocks have few rows and proxies
        if param.per == "class":
            assert any(isinstance(v, tuple) for v in given), f"{param.name} never is one a class"


def test_roles_come_and_go(loss: Loss) -> None:
    for role in loss.roles:
        if role.internal or role.name in draw.OF_A_HISTORY:
            continue
        with_it = [d for d in draw.draws(loss) if role.name in d.roles]
        assert with_it, f"{role.name} is never given"
        assert role.required or len(with_it) < len(draw.draws(loss)) or role.name == "class_weights_matrix"


def numbers(loss: Loss, kind: str) -> np.ndarray:
    return np.concatenate([d.pred.ravel() for d in draw.draws(loss) if d.kind == kind])


def test_numbers_reach_the_edges(loss: Loss) -> None:
    for kind in loss.pred:
        found = numbers(loss, kind)
        assert ((found != 0) & (np.abs(found) < 100)).mean() > 0.2
        if kind == "probs":
            assert {0.0, 1.0} <= set(found)
            assert ((found > 0) & (found < 1e-300)).any()
            assert ((found < 1) & (found > 1 - 1e-15)).any()
        if kind == "logprobs":
            assert 0.0 in found
            assert -np.inf in found
        if kind == "cosines":
            assert {-1.0, 1.0} <= set(found)
        if kind in ("logits", "scores", "values"):
            assert np.abs(found[np.isfinite(found)]).max() >= 700 * (1 - 1e-6)
            assert ((found != 0) & (np.abs(found) < 1e-300)).any()
            assert 0.0 in found
        if kind in ("logits", "scores", "values", "distances") and loss.name not in draw.NO_LIMIT:
            assert np.inf in found
            assert kind == "distances" or loss.name in draw.POSITIVE or -np.inf in found


def test_blocks_without_limits_are_finite(loss: Loss) -> None:
    for d in draw.draws(loss):
        if d.kind in ("logits", "scores", "values", "distances") and not d.limits:
            assert np.isfinite(d.pred).all()


def test_no_row_of_logits_has_two_infinite_maxima(loss: Loss) -> None:
    for d in draw.draws(loss):
        if d.kind == "logits" and d.form in draw.BY_CLASS:
            assert (np.isposinf(d.pred).sum(axis=-1) <= 1).all()
            assert not np.isneginf(d.pred).all(axis=-1).any()


def test_refused_rows_are_left_out() -> None:
    """A loss that refuses labels of 0 is drawn without them; one that refuses everything is not drawn."""
    from losscli.core.errors import BadValue
    from losscli.core.loss import Paper
    from losscli.core.loss import loss as declare

    def made(refuse: object) -> Loss:
        @declare("picky", pred=("values",), label=("values",), formula="", source=Paper(""))
        def picky(pred, label):  # type: ignore[no-untyped-def]
            """Picky."""
            bad = np.argwhere(refuse(label))  # type: ignore[operator]
            if len(bad):
                raise BadValue("label", int(bad[0][0]), "no")
            return pred * 0.0

        return picky

    drawn = draw.draws(made(lambda label: label <= 0))
    assert len(drawn) > 5
    assert all((d.label > 0).all() for d in drawn)
    assert draw.draws(made(lambda label: label == label)) == []
