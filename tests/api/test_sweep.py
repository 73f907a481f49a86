"""A loss for many values of its parameters: each is that of compute, to the bit; ranges, two models, refusals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jsonschema import validate

import losscli
from losscli.core.errors import UsageProblem
from losscli.report import schemas

RNG = np.random.default_rng(4)
LOGITS, LABELS = RNG.normal(size=3000), (RNG.random(3000) < 0.4).astype(float)


def test_every_point_is_that_of_compute() -> None:
    report = losscli.sweep("focal", LOGITS, LABELS, gamma="0:2:0.5", alpha=[None, 0.25], ci=95, input="logits")
    assert len(report) == 10
    for point in report:
        alone = losscli.compute("focal", LOGITS, LABELS, ci=95, input="logits", **point.params)
        assert (point.value, point.stderr, point.ci, point.n) == (alone.value, alone.stderr, alone.ci, alone.n)
        assert point.signature == alone.signature


def test_weights_and_threads_change_nothing_else(cli: Any, tmp_path: Path) -> None:
    weights = RNG.random(3000)
    np.savez(tmp_path / "d.npz", p=LOGITS, y=LABELS, w=weights)
    outs = [
        cli(
            "sweep", "huber", tmp_path / "d.npz::p", tmp_path / "d.npz::y", "--weights", tmp_path / "d.npz::w",
            "--delta", "1:3:1", "--threads", threads, "--json",
        )
        for threads in (1, 2)
    ]  # fmt: skip
    documents = [json.loads(each.out) for each in outs]
    assert documents[0]["results"] == documents[1]["results"]
    for point in documents[0]["results"]:
        alone = losscli.compute("huber", LOGITS, LABELS, weights=weights, delta=point["params"]["delta"])
        assert point["value"] == alone.value


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("0:1:0.1", [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]),
        ("0:1:0.3", [0.0, 0.3, 0.6, 0.9]),
        ("3:1:-1", [3.0, 2.0, 1.0]),
        ("0:1:0.5,5", [0.0, 0.5, 1.0, 5.0]),
        ("1e-1:3e-1:1e-1", [0.1, 0.2, 0.3]),
        ("2, 3", [2.0, 3.0]),
    ],
)
def test_ranges_are_counted_in_decimals(text: str, values: list[float]) -> None:
    report = losscli.sweep("focal", LOGITS, LABELS, gamma=text, input="logits")
    assert [point.params["gamma"] for point in report] == values


def test_words_and_one_value_that_stays() -> None:
    masks = np.clip(LOGITS, 0, 1).reshape(30, 100), LABELS.reshape(30, 100)
    report = losscli.sweep("dice", *masks, pool=["image", "batch"], smooth=1.0, stack=False)
    assert [point.params for point in report] == [{"pool": "image"}, {"pool": "batch"}]
    assert report.fixed == {"smooth": 1.0}
    assert report.axes == {"pool": ["image", "batch"]}


@pytest.mark.parametrize(
    ("loss", "params", "sentence"),
    [
        ("focal", {"gamma": 2}, "none has more than one"),
        ("mse", {}, "mse has no parameters to go through."),
        ("focal", {"gamma": "0:5"}, "gamma: 0:5 is no range. A range is START:STOP:STEP"),
        ("focal", {"gamma": "0:5:0"}, "gamma: 0:5:0 never comes to its end."),
        ("focal", {"gamma": "0:5:-1"}, "never comes to its end."),
        ("focal", {"gamma": "0:nan:1"}, "never comes to its end."),
        ("focal", {"gamma": "0:5:0.001"}, "gamma 0:5:0.001 has 5,001 values, and a sweep has room for 500 points."),
        ("focal", {"gamma": "0:50:1", "alpha": "0:1:0.1"}, "are 561 points"),
        ("focal", {"gamma": "1,1"}, "gamma has the value 1.0 twice."),
        ("focal", {"gamma": "-1:1:1"}, "gamma must be a number"),
        ("focal", {"gama": [1, 2]}, "gamma"),
    ],
)
def test_what_cannot_be_gone_through_is_said(loss: str, params: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UsageProblem) as raised:
        losscli.sweep(loss, LOGITS, LABELS, **({"input": "logits"} if loss == "focal" else {}), **params)
    assert sentence in str(raised.value)


def test_the_order_of_two_models() -> None:
    """A low and a high quantile of the labels: each is better at its own level."""
    rng = np.random.default_rng(0)
    labels = rng.normal(size=2000)
    low, high = np.full(2000, -0.8), np.full(2000, 0.8)
    report = losscli.sweep("pinball", low, labels, cand=high, quantile="0.1:0.9:0.2")
    assert report.order == "depends"
    assert [point.better(report.level) for point in report] == [
        "base",
        "base",
        "inconclusive",
        "candidate",
        "candidate",
    ]
    for point in report:
        compared = losscli.compare("pinball", low, high, labels, quantile=point.params["quantile"])
        assert (point.difference, point.low, point.high) == (compared.difference, compared.low, compared.high)
        assert (point.value, point.cand, point.p_value) == (compared.base, compared.cand, compared.p_value)
    assert losscli.sweep("pinball", labels, labels, cand=high, quantile=[0.3, 0.6]).order == "base"
    assert losscli.sweep("pinball", high, labels, cand=labels, quantile=[0.3, 0.6]).order == "candidate"
    assert losscli.sweep("pinball", high, labels, cand=high, quantile=[0.3, 0.6]).order == "inconclusive"


def test_documents_and_pictures(cli: Any, tmp_path: Path) -> None:
    words = ("sweep", "pinball", "forecasts/forecasts.csv", "--pred", "q0.25", "--pred", "q0.75", "--label", "y")
    names = [tmp_path / name for name in ("s.json", "s.html", "d.json", "lines.jsonl")]
    kinds = ("json", "html", "picture-data", "jsonl")
    reports = [f"--report={kind}={name}" for kind, name in zip(kinds, names, strict=True)]
    ran = cli(*words, "--quantile", "0.1:0.9:0.4", *reports)
    assert (ran.code, ran.err) == (0, "")
    assert "The order of the two models depends on quantile" in ran.out
    document = json.loads(names[0].read_text())
    validate(document, json.loads(schemas.text("report")))
    for line in names[3].read_text().splitlines():
        validate(json.loads(line), json.loads(schemas.text("line")))
    (picture,) = json.loads(names[2].read_text())["pictures"]
    assert len(picture["rows"]) == 6
    assert "depends on the parameters" in picture["description"]
    assert cli("plot", "sweep", names[0], "-o", tmp_path / "s.csv").code == 0
    csv = cli(*words, "--quantile", "0.1:0.9:0.4", "--format", "csv").out.splitlines()
    assert csv[0].startswith("quantile,value,stderr,ci_low,ci_high,n,cand,")
    assert len(csv) == 4


def test_mistakes_on_the_command_line(cli: Any) -> None:
    pair = ("cancer/logits.npy", "cancer/labels.npy")
    assert "takes the predictions of one model or two" in cli("sweep", "focal", "--gamma", "0,1").err
    assert "--reduction none" in cli("sweep", "focal", *pair, "--gamma", "0,1", "--reduction", "none").err
    assert "No such option --cluster" in cli("sweep", "focal", *pair, "--gamma", "0,1", "--cluster", "user").err
    twice = ("--pred", "a", "--pred", "b", "--pred", "c")
    assert "--pred twice names two" in cli("sweep", "focal", *pair, "--gamma", "0,1", *twice).err
