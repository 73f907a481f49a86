"""`gate`, `merge` and `verify` work from a report's fields, and never from the text of a signature."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from documents import VALIDATOR

import losscli
from losscli.core.errors import DataProblem
from losscli.report import read_back
from losscli.report.recipe import differences, recipe_of

RNG = np.random.default_rng(11)
LABEL = (RNG.random(300) < 0.4).astype(np.float32)
PRED = RNG.normal(size=300).astype(np.float32)
WORDS = {
    "weighted": ("focal", "--gamma", "1.5", "--weights", "weight.npy"),
    "convention": ("bce", "--like", "keras", "--input", "logits"),
    "list": ("softmax_cross_entropy", "--class-weights", "1,2,0.5"),
    "single": ("mse", "--precision", "single"),
}


@pytest.fixture
def report(cli: Any, tmp_path: Path, monkeypatch: Any) -> Any:
    """Writes a report of a kind, its rows beside it, and gives its path."""
    monkeypatch.chdir(tmp_path)
    np.save("weight.npy", RNG.integers(0, 3, size=300).astype(float))

    def make(kind: str, name: str = "report", *more: str) -> Path:
        several = kind == "list"
        np.save("pred.npy", RNG.normal(size=(300, 3)) if several else PRED)
        np.save("label.npy", RNG.integers(0, 3, size=300) if several else LABEL)
        loss, *words = WORDS[kind]
        ran = cli("compute", loss, "pred.npy", "label.npy", *words, *more, "--json", "-o", f"{name}.json")
        assert ran.code == 0, ran.err
        return tmp_path / f"{name}.json"

    return make


def changed(path: Path, name: str, change: Any) -> Path:
    """A copy of a report whose result was changed."""
    document = json.loads(path.read_text())
    for result in document["results"]:
        change(result)
    copy = path.with_name(f"{name}.json")
    copy.write_text(json.dumps(document))
    return copy


def scrambled(result: dict[str, Any]) -> None:
    result["signature"] = "no|such:signature"


def old(result: dict[str, Any]) -> None:
    del result["weighted"], result["convention"]


def test_what_decides_a_number_is_in_the_document(report: Any) -> None:
    for kind in WORDS:
        document = json.loads(report(kind).read_text())
        VALIDATOR.validate(document)
        (result,) = document["results"]
        assert result["weighted"] is (kind == "weighted")
        assert (result["convention"] is None) is (kind != "convention")
        if kind == "convention":
            name = result["signature"].partition("|like:")[2].partition("|")[0]
            assert name == f"{result['convention']['name']} {result['convention']['floats']}"
            assert result["convention"]["floats"] == "float32"


@pytest.mark.parametrize("kind", WORDS)
@pytest.mark.parametrize("change", [scrambled, old])
def test_verify_needs_no_signature(cli: Any, report: Any, kind: str, change: Any) -> None:
    path = report(kind)
    ran = cli("verify", changed(path, "changed", change))
    assert (ran.code, ran.out) == (0, cli("verify", path).out)


def of_other_rows(path: Path) -> Path:
    """A shard that says it was computed of other files: one that is there twice is refused."""
    document = json.loads(path.read_text())
    for each in document["inputs"]:
        each["sha256"] = "0" * 64
    path.write_text(json.dumps(document))
    return path


@pytest.mark.parametrize("kind", WORDS)
@pytest.mark.parametrize("change", [scrambled, old])
def test_merge_needs_no_signature(cli: Any, report: Any, kind: str, change: Any) -> None:
    one, other = report(kind, "one", "--partial"), of_other_rows(report(kind, "other", "--partial"))
    sound = json.loads(cli("merge", one, other, "--json").out)["results"][0]
    ran = cli("merge", changed(one, "a", change), changed(other, "b", change), "--json")
    assert ran.code == 0, ran.err
    merged = json.loads(ran.out)["results"][0]
    merged["signature"] = sound["signature"]
    assert merged == sound


@pytest.mark.parametrize("kind", WORDS)
@pytest.mark.parametrize("change", [scrambled, old])
def test_gate_needs_no_signature(cli: Any, report: Any, kind: str, change: Any) -> None:
    path = report(kind)
    sound = json.loads(cli("gate", path, "--baseline", path, "--json").out)["results"][0]["checks"]
    ran = cli("gate", changed(path, "now", change), "--baseline", path, "--json")
    assert json.loads(ran.out)["results"][0]["checks"] == sound
    assert "computed otherwise" not in str(sound)


def test_a_weight_or_a_convention_is_another_recipe(cli: Any, report: Any) -> None:
    plain = report("weighted")
    for key, value, says in (
        ("weighted", False, "weighted was True, is False"),
        ("precision", "single", "precision was double, is single"),
        ("convention", {"name": "keras@3.15", "floats": "float32"}, "like was None, is keras@3.15 float32"),
        ("params", {**losscli.compute("focal", PRED, LABEL).params, "gamma": 2}, "gamma was 1.5, is 2"),
    ):
        other = changed(plain, "other", lambda result, key=key, value=value: result.update({key: value}))
        ran = cli("gate", other, "--baseline", plain, "--json")
        (check,) = json.loads(ran.out)["results"][0]["checks"]
        assert check["passed"] is False
        assert check["message"].endswith(says), check["message"]


def test_shards_of_another_version_are_told_by_the_document(cli: Any, report: Any) -> None:
    one = report("single", "one", "--partial")
    document = json.loads(one.read_text())
    document["tool"]["version"] = "0.0.9"
    one.with_name("other.json").write_text(json.dumps(document))
    ran = cli("merge", one, of_other_rows(one.with_name("other.json")))
    assert ran.code == 3
    assert "losscli is 0.0.9 against " in ran.err


def test_recipes_tell_a_whole_number_from_a_fraction() -> None:
    one, other = ({"gamma": 2, "alpha": None}, {"gamma": 2.0})
    assert differences(one, other) == ["gamma"]
    result = losscli.compute("focal", PRED, LABEL, gamma=2.0)
    assert not differences(recipe_of(result), recipe_of(read_back.result(result.to_dict())))


@pytest.mark.parametrize(
    ("key", "value"), [("weighted", "yes"), ("convention", {"name": "keras"}), ("convention", "keras"), ("params", 3)]
)
def test_a_field_of_the_wrong_kind(key: str, value: Any) -> None:
    entry = {**losscli.compute("mse", PRED, LABEL).to_dict(), key: value}
    with pytest.raises(DataProblem, match="missing or of the wrong kind"):
        read_back.result(entry)
