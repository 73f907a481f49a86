"""Names of the field: each leads to a loss, to one that losscli does not have yet, or to what a score is near to."""

from __future__ import annotations

import re

import pytest

from losscli.core import loss_spec, registry
from losscli.core.errors import UsageProblem
from losscli.core.suggestions import scores
from losscli.core.suggestions.loss_names import TITLES, field_names, slug


def told(name: str) -> str:
    with pytest.raises(UsageProblem) as caught:
        registry.find(name)
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("accuracy", "There is no loss 'accuracy': it is a score and not a loss. zero_one is 1 - accuracy."),
        ("AUC", "There is no loss 'AUC': it is a score and not a loss. It needs the order of all rows, which "),
        ("F2Score", "There is no loss 'F2Score': it is f_score:beta=2. losscli show f_score explains it."),
        ("balanced_accuracy", "There is no loss 'balanced_accuracy': it is a score and not a loss. "),
        ("f1_macro", "There is no loss 'f1_macro': it is f_score:average=macro."),
        ("rsme", "There is no loss 'rsme'. Did you mean rmse?"),
        ("MSELoss", "There is no loss 'MSELoss'. Did you mean mse? PyTorch calls it mse_loss."),
        ("HausdorffDTLoss", "There is no loss 'HausdorffDTLoss': MONAI has it as HausdorffDTLoss, and losscli does not "
         "have it yet. See losscli list."),
        ("poly_loss_cross_entropy", "There is no loss 'poly_loss_cross_entropy'. Did you mean poly? Optax calls it so"),
        ("hubr", "There is no loss 'hubr'. Did you mean huber?"),
        ("brierr", "There is no loss 'brierr'. Did you mean brier?"),
        ("frobnicate", "There is no loss 'frobnicate'. See losscli list."),
        ("ab", "There is no loss 'ab'. See losscli list."),
        ("dice + acuracy", "In 'dice + acuracy', at character 8 (acuracy): There is no loss 'acuracy'."),
    ],
)  # fmt: skip
def test_what_is_said_of_a_name(name: str, sentence: str) -> None:
    assert told(name).startswith(sentence)


def test_every_name_of_the_field_has_an_answer() -> None:
    """None is met with silence, and what is suggested is a loss."""
    assert len({field.library for field in field_names().values()}) >= 25
    assert {field.library for field in field_names().values()} <= TITLES.keys()
    known = 0
    for name, field in field_names().items():
        try:
            registry.find(name)
        except UsageProblem as problem:
            answer = str(problem)
            suggested = re.search(r"Did you mean (\w+)\?", answer)
            if suggested:
                registry.find(suggested[1])
            else:
                assert "losscli does not have it yet" in answer or "is a score and not a loss" in answer, name
            if field.loss in registry.spellings() and not scores.answer(name):
                assert suggested, name
        else:
            known += 1
    assert known > 80


def test_what_is_nearest_to_a_score_is_a_loss() -> None:
    for names, sentence, loss in scores.SCORES:
        for name in names:
            assert slug(name) == name
            assert name not in registry.spellings()  # which would be computed, and be another number
        first = sentence.split()[0].strip(",")
        assert first in ("It", "With") or first in registry.spellings()
        assert not loss or loss_spec.read(loss)
    for name, loss in scores.SETTINGS.items():
        assert slug(name) == name
        assert name not in registry.spellings()
        assert loss_spec.read(loss).arguments


def test_names_of_classes_are_understood() -> None:
    assert registry.find("L1Loss").name == "mae"
    assert registry.find("CrossEntropy").name == "softmax_cross_entropy"
    assert (slug("BCEWithLogitsLoss"), slug("reg:squarederror"), slug(" KLDiv-2D ")) == (
        "bce_with_logits_loss", "reg_squarederror", "kl_div_2_d"
    )  # fmt: skip
