"""The published test vectors: they follow their schema, and losscli passes each of them as a port would."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from conftest import ROOT

import losscli
from losscli.core import registry
from losscli.report.schemas import text as schema_text
from losscli.testing.blocks import run_block

FOLDER = ROOT / "docs" / "vectors"
FILES = sorted(path.stem for path in FOLDER.glob("*.json"))
SCHEMA = jsonschema.Draft202012Validator(json.loads(schema_text("vectors")))


def document(name: str) -> dict[str, Any]:
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def array(data: dict[str, Any]) -> np.ndarray[Any, Any]:
    return np.array([float(x) if isinstance(x, str) else x for x in data["data"]], data["dtype"]).reshape(data["shape"])


def computed(loss: str, vector: dict[str, Any]) -> list[float]:
    """What losscli makes of a vector, by nothing but what the document says."""
    given: dict[str, Any] = {name: array(data) for name, data in vector["arrays"].items()}
    given |= {name: tuple(v) if isinstance(v, list) else v for name, v in vector["parameters"].items()}
    given |= {name: vector[name] for name in ("input", "reduction", "denominator") if name in vector}
    if vector["like"] is None:
        outcome = run_block(registry.find(loss), **given)
        return outcome.rows[0].tolist() if vector.get("reduction") == "none" else [outcome.value]
    weights = given.pop("weight", None)
    pred, label = given.pop("pred"), given.pop("label", None)
    result = losscli.compute(loss, pred, label, weights=weights, like=vector["like"], **given)
    return result.rows.tolist() if vector.get("reduction") == "none" else [result.value]


def passes(vector: dict[str, Any], got: list[float]) -> bool:
    """The rule of the schema's description."""
    expect = [float(x) for x in (vector["expect"] if isinstance(vector["expect"], list) else [vector["expect"]])]
    return len(got) == len(expect) and all(_near(g, e, vector) for g, e in zip(got, expect, strict=True))


def _near(got: float, expect: float, vector: dict[str, Any]) -> bool:
    if not math.isfinite(expect):
        return got == expect or (math.isnan(got) and math.isnan(expect))
    return abs(got - expect) <= max(vector["relative"] * abs(expect), vector["absolute"])


def test_every_loss_has_a_file() -> None:
    assert registry.names() == FILES


@pytest.mark.parametrize("every", [5, pytest.param(1, id="all", marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", FILES)
def test_losscli_passes_its_vectors(name: str, every: int) -> None:
    """Each fifth of what frameworks printed, whose goldens are tested one by one, and all that is computed by hand."""
    said = document(name)
    loss = registry.find(name)
    assert [each["name"] for each in said["parameters"]] == [param.name for param in loss.params]
    assert len([each for each in said["vectors"] if each["origin"] == "computed by hand"]) == len(loss.cases)
    ids = [each["id"] for each in said["vectors"]]
    assert len(ids) == len(set(ids))
    assert {each["like"] for each in said["vectors"]} - {None} == said["conventions"].keys()
    wrong = []
    by_hand = len(loss.cases)
    for vector in [*said["vectors"][:by_hand], *said["vectors"][by_hand::every]]:
        got = computed(name, vector)
        if not passes(vector, got):
            wrong.append(f"{vector['id']}: {got} is not {vector['expect']}")
    assert not wrong, f"{len(wrong)} of {len(ids)}:\n" + "\n".join(wrong[:20])


@pytest.mark.parametrize(
    "name", ["huber", *(pytest.param(name, marks=pytest.mark.slow) for name in ("focal", "ctc", "nll"))]
)
def test_documents_follow_the_schema(name: str) -> None:
    SCHEMA.validate(document(name))


def test_a_wrong_value_does_not_pass() -> None:
    vectors = [each for each in document("huber")["vectors"] if isinstance(each["expect"], float) and each["expect"]]
    assert len(vectors) > 20
    for vector in vectors:
        got = computed("huber", vector)
        assert passes(vector, got)
        assert not passes(vector, [got[0] * (1 + 1e-3)])
        assert not passes(vector, [math.nan])


def test_the_command_prints_the_file(cli: Any) -> None:
    for name in ("huber", "huber_loss"):
        ran = cli("vectors", name)
        assert (ran.code, ran.out, ran.err) == (0, (FOLDER / "huber.json").read_text(encoding="utf-8"), "")
    assert json.loads(cli("vectors", "kl", encoding="ascii").out) == document("kl_divergence")
    assert cli("vectors", "hubr").err == "losscli: There is no loss 'hubr'. Did you mean huber?\n"
    assert cli("vectors", "mse + mae").code == 2
    assert json.loads(cli("schema", "vectors").out) == SCHEMA.schema


def test_a_loss_without_a_file_gives_its_own_examples(cli: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from losscli.cli.commands import vectors

    monkeypatch.setattr(vectors, "_file", lambda name: None)
    said = json.loads(cli("vectors", "huber").out)
    SCHEMA.validate(said)
    assert said["vectors"] == [each for each in document("huber")["vectors"] if each["origin"] == "computed by hand"]


def test_the_wheel_carries_them() -> None:
    import tomllib

    build = tomllib.loads(Path(ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]
    assert build["targets"]["wheel"]["force-include"] == {"docs/vectors": "losscli/vectors"}
