"""`losscli list`: by family, by task, by library and by words; and the catalogue that it is read from."""

from __future__ import annotations

import json
from typing import Any

import pytest

from losscli.api.catalogue import TASKS
from losscli.core import registry
from losscli.report.pages.loss_page import forms


def names(text: str) -> set[str]:
    """The names of the losses that a listing shows."""
    return {line.split()[0] for line in text.splitlines() if line.startswith("  ")}


def test_the_catalogue_says_what_the_losses_declare() -> None:
    for each in registry.listing():
        loss = registry.find(each.name)
        assert (each.summary, each.family, each.kinds) == (loss.summary, loss.family, loss.pred)
        assert (each.labels, each.aliases, each.plugin) == (forms(loss), loss.aliases, "")
        assert set(each.libraries) == {key.partition("@")[0] for key in (*loss.like, *loss.elsewhere)}


@pytest.mark.parametrize(
    ("words", "some", "none"),
    [
        (["--family", "segmentation"], {"dice", "tversky"}, {"mse", "focal"}),
        (["--family", "quantiles"], {"pinball", "wql"}, {"mae"}),
        (["--family", "Binary-and-multi-label"], {"focal", "hinge"}, {"nll"}),
        (["--family", "reg"], {"mae", "huber"}, {"mape", "focal"}),
        (["--for", "regression"], {"mae", "mape", "pinball", "r2"}, {"focal", "dice", "ctc"}),
        (["--for", "multiclass"], {"nll", "softmax_cross_entropy", "focal"}, {"mse", "hinge"}),
        (["--for", "multilabel"], {"sigmoid_cross_entropy", "focal", "hamming"}, {"mse", "nll"}),
        (["--for", "segmentation"], {"dice", "focal", "softmax_cross_entropy"}, {"mse", "ctc"}),
        (["--for", "forecasting"], {"mase", "wql", "crps_ensemble", "smape"}, {"mse", "dice"}),
        (["--for", "calibration"], {"calibration_error"}, {"mse"}),
        (["--like", "optax"], {"huber", "ctc"}, {"crps_ensemble", "arcface"}),
        (["--like", "PyTorch"], {"huber", "ctc", "triplet"}, {"dice"}),
        (["--like", "scikit-learn"], {"log_loss", "pinball"}, {"ctc"}),
        (["--like", "tensorflow"], {"huber"}, {"crps_ensemble"}),
        (["quantile", "--for", "forecasting"], {"wql"}, {"mase"}),
        (["cross_entropy"], {"softmax_cross_entropy", "generalized_cross_entropy"}, {"mse"}),
        (["l1-loss"], {"mae"}, {"mse"}),
    ],
)
def test_what_is_looked_for(cli: Any, words: list[str], some: set[str], none: set[str]) -> None:
    ran = cli("list", *words)
    assert (ran.code, ran.err) == (0, "")
    shown = names(ran.out)
    assert some <= shown
    assert not none & shown
    assert shown == {each["name"] for each in json.loads(cli("list", *words, "--json").out)}


def test_a_library_says_what_it_calls_each(cli: Any) -> None:
    lines = cli("list", "--like", "xgboost").out.splitlines()
    assert any(line.split()[0] == "rmse" and "eval_metric='rmse'" in line for line in lines if line)
    assert "LogCosh" in cli("list", "--like", "catboost", "log_cosh").out


@pytest.mark.parametrize("task", TASKS)
def test_every_task_has_losses(cli: Any, task: str) -> None:
    assert names(cli("list", "--for", task).out)


def test_every_family_is_found_and_for_some_task() -> None:
    families = {each.family for each in registry.listing()}
    for task in TASKS.values():
        assert {*task.families, *task.others} <= families


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--family", "segmentaton"], "There is no family 'segmentaton'. Did you mean segmentation?"),
        (["--family", ""], "There is no family ''. Families are "),
        (["--for", "regresion"], "There is no task 'regresion'. Did you mean regression?"),
        (["--for", "cooking"], "There is no task 'cooking'. Tasks are regression, "),
        (["--like", "xgbost"], "No loss here is known to be one of xgbost. Did you mean xgboost?"),
        (["hubr"], "No loss is all of that: hubr. Did you mean huber?"),
        (["hinge", "--family", "regression"], "No loss is all of that: hinge --family regression. "),
    ],
)
def test_what_is_not_there(cli: Any, words: list[str], sentence: str) -> None:
    code, out, err = cli("list", *words)
    assert (code, out) == (2, "")
    assert err.startswith(f"losscli: {sentence}")
