"""`compare`: what is refused, and the command."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from compare_sides import VALIDATOR, Array
from printed_numbers import numbers_of

import losscli
from losscli import compare
from losscli.core.errors import DataProblem, UsageProblem

SIDES = ("diabetes/pred.npy", "diabetes/other.npy", "diabetes/label.npy")


@pytest.fixture
def data() -> tuple[Array, Array, Array]:
    """Base, candidate, labels: 240 rows."""
    rng = np.random.default_rng(11)
    labels = rng.normal(size=240)
    error = rng.normal(size=240)
    return labels + error, labels + 1.05 * error + 0.2 * rng.normal(size=240), labels


# -- what is refused --------------------------------------------------------------------------------------


@pytest.mark.parametrize("test", ["t", "sign-flip", "bootstrap"])
def test_equal_predictions_are_not_worse_and_said_to_be_equal(data: Any, tmp_path: Path, test: str) -> None:
    base, _, labels = data
    for twin in (base, base.copy()):
        same = compare("mse", base, twin, labels, test=test)
        assert (same.verdict, same.difference) == ("not worse", 0.0)
        assert "the same predictions. Were the files of two models meant?" in same.notes[0]
    for name, values in (("base", base), ("copy", base), ("labels", labels)):
        np.save(tmp_path / f"{name}.npy", values)
    paths = [str(tmp_path / f"{name}.npy") for name in ("base", "copy", "labels")]
    np.savetxt(tmp_path / "copy.csv", base, header="pred", comments="", fmt="%.17g")
    for cand, note in (
        (str(tmp_path / "." / "base.npy"), "compared with itself"),
        (paths[1], "have the same content"),
        (str(tmp_path / "copy.csv"), "every row costs the same"),  # other bytes, and the same numbers in them
    ):
        same = compare("mse", paths[0], cand, paths[2], test=test)
        assert same.verdict == "not worse"
        assert any(note in each for each in same.notes), same.notes


@pytest.mark.parametrize("value", [math.inf, math.nan])
def test_equal_predictions_are_not_worse_whatever_they_are(cli: Any, tmp_path: Path, data: Any, value: float) -> None:
    base, cand, labels = data
    base[3] = value
    files = [str(tmp_path / f"{name}.npy") for name in ("base", "cand", "twin", "labels")]
    for path, values in zip(files, (base, cand, base, labels), strict=True):
        np.save(path, values)
    words = ["compare", *files, "-l", "mse", "--nan", "propagate", "--fail-on", "inconclusive", "--json"]
    ended = cli(*words[:1], files[0], *files[2:], *words[5:])
    assert (ended.code, json.loads(ended.out)["results"][0]["verdict"]) == (0, "not worse")
    of_both = json.loads(cli(*words).out)
    VALIDATOR.validate(of_both)
    assert of_both["results"][1]["verdict"] == "not worse"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"confidence": 1.0}, "must be a level of confidence"),
        ({"confidence": 120.0}, "must be a level of confidence"),
        ({"margin": -1.0}, "margin must be a number of at least 0, such as 0.01, or a percentage of .*, got -1.0"),
        ({"margin_rel": math.nan}, "margin_rel must be a number of at least 0, or a percentage such as 0.5%, got nan"),
        ({"test": "z"}, "test must be one of t, sign-flip, bootstrap, got z"),
        ({"resamples": 3}, "resamples must be a whole number from 100 to 1000000, got 3"),
        ({"reduction": "none"}, "one number a model"),
        ({"nonesuch": 3}, "has no parameter"),
    ],
)
def test_wrong_requests(data: Any, change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UsageProblem, match=sentence):
        compare("mse", *data, **change)


def test_wrong_data(data: Any) -> None:
    base, cand, labels = data
    with pytest.raises(DataProblem, match="at least two"):
        compare("mse", base[:1], cand[:1], labels[:1])
    with pytest.raises(DataProblem, match="candidate"):
        compare("mse", base, cand[:7], labels)
    with pytest.raises(DataProblem, match=r"candidate has NaN in row 3"):
        compare("mse", base, np.where(np.arange(240) == 3, np.nan, cand), labels)
    with pytest.raises(DataProblem, match="one row"):
        compare("dice", [0.1, 0.9, 0.4], [0.2, 0.8, 0.4], [0, 1, 1])
    with pytest.raises(DataProblem, match="has shape"):
        compare("ce", np.zeros((4, 3)), np.zeros((4, 2)), [0, 1, 0, 1])
    omitted = compare("mse", base, np.where(np.arange(240) == 3, np.nan, cand), labels, nan="omit")
    assert omitted.n == 239
    assert omitted.base == losscli.compute("mse", np.delete(base, 3), np.delete(labels, 3)).value
    with pytest.raises(DataProblem, match="probs"):
        compare("brier", np.full((4, 2), 0.5), np.full((4, 2), 1.5), np.eye(2)[[0, 1, 0, 1]], activation="softmax")


def document(cli: Any, *arguments: Any) -> dict[str, Any]:
    code, out, _ = cli("compare", *arguments, "--json")
    assert code == 0
    found: dict[str, Any] = json.loads(out, parse_constant=lambda text: pytest.fail(text))
    VALIDATOR.validate(found)
    return found


# -- the command ------------------------------------------------------------------------------------------


def test_json(cli: Any) -> None:
    found = document(cli, *SIDES, "-l", "mse", "-l", "huber:delta=20", "--margin", "5%", "--margin", "1")
    assert found["command"] == "compare"
    assert found["comparison"]["base"] == "diabetes/pred.npy"
    assert found["comparison"]["candidates"] == ["diabetes/other.npy"]
    assert [each["role"] for each in found["inputs"]] == ["predictions", "labels", "candidate 1"]
    assert all(each["sha256"] for each in found["inputs"])
    first, second = found["results"]
    assert (first["spelling"], second["spelling"]) == ("mse", "huber:delta=20")
    assert first["verdict"] == "inconclusive"
    assert first["margin"]["value"] == pytest.approx(0.05 * first["base"])
    assert second["p_adjusted"] == pytest.approx(2 * second["p_value"])
    assert found["ranking"] == []
    assert len(first["worst"]) == 5
    assert first["n"] == 442


def test_python_says_the_same(cli: Any, in_samples: Path) -> None:
    (found,) = document(cli, *SIDES, "-l", "huber:delta=20", "--confidence", "90", "--adjust", "none")["results"]
    same = compare("huber", *SIDES, delta=20, confidence=0.9).to_dict()
    assert {**found, "candidate": ""} == {**same, "candidate": ""}


def test_several_candidates_have_ranks(cli: Any, tmp_path: Path, sample_data: Path) -> None:
    base = np.load(sample_data / SIDES[0])
    np.save(tmp_path / "near.npy", base + np.random.default_rng(0).normal(size=442))
    np.save(tmp_path / "far.npy", base + 100)
    files = (SIDES[0], tmp_path / "near.npy", tmp_path / "far.npy", SIDES[2])
    found = document(cli, *files, "-l", "mse", "-l", "mae")
    assert len(found["results"]) == 4
    for each in found["ranking"]:
        assert [rank["rank"] for rank in each["ranks"]] == [1, 1, 3]
        assert [rank["letters"] for rank in each["ranks"]] == ["a", "a", "b"]
        assert each["ranks"][2]["name"].endswith("far.npy")
    for format_ in ("table", "plain", "markdown"):
        code, out, _ = cli("compare", *files, "-l", "mse", "--format", format_)
        assert code == 0
        assert "worse" in out


@pytest.mark.parametrize("format_", ["plain", "table", "markdown"])
def test_how_it_looks(cli: Any, golden: Any, format_: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    runs = (["-l", "mse", "--margin", "5%"], ["-l", "mse", "-l", "mae", "--worst", "2"])

    def unrounded() -> list[float]:
        return numbers_of([json.loads(cli("compare", *SIDES, *words, "--json").out) for words in runs])

    one, several = (cli("compare", *SIDES, *words, "--format", format_) for words in runs)
    assert (one.code, several.code) == (0, 0)
    golden(f"compare-{format_}", one.out + "\n" + several.out, unrounded)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("-l mae", 0),
        ("-l mae --fail-on worse", 1),
        ("-l mae --fail-on worse --exit-zero", 0),
        ("-l mse --fail-on worse", 0),
        ("-l mse --fail-on inconclusive", 5),
        ("-l mse -l mae --adjust none --fail-on inconclusive", 1),
        ("-l mse --margin 20% --fail-on inconclusive", 0),
    ],
)
def test_exit_codes(cli: Any, arguments: str, code: int) -> None:
    assert cli("compare", *SIDES, *arguments.split()).code == code


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (f"{SIDES[0]} -l mse", 2, "A comparison takes BASE, CAND and LABELS."),
        (" ".join(SIDES), 2, "Missing option '-l'"),
        (f"{' '.join(SIDES)} -l mse -l mse", 2, "-l mse is there twice."),
        (f"{' '.join(SIDES)} -l mse:gamma=2", 2, "mse has no parameter 'gamma'."),
        (f"{' '.join(SIDES)} -l mse --margin x", 2, "margin must be a number of at least 0"),
        (f"{' '.join(SIDES)} -l mse --margin 1 --margin 2", 2, "--margin is given twice as absolute."),
        (f"{' '.join(SIDES)} -l mse --confidence 0", 2, "confidence must be a level of confidence"),
        (f"{' '.join(SIDES)} -l mse --cluster nonesuch", 2, "There is no column nonesuch"),
        ("nonesuch.npy diabetes/other.npy diabetes/label.npy -l mse", 2, "There is no file nonesuch.npy."),
    ],
)
def test_sentences(cli: Any, arguments: str, code: int, sentence: str) -> None:
    found = cli("compare", *arguments.split())
    assert (found.code, found.out) == (code, "")
    assert sentence in found.err


def test_columns_of_one_file_and_clusters(cli: Any, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    lines = ["user,new,old,label"]
    for i in range(60):
        label, old, new = rng.normal(size=3)
        lines.append(f"u{i // 4:03},{new},{old},{label}")
    path = tmp_path / "both.csv"
    path.write_text("\n".join(lines) + "\n")
    (found,) = document(cli, f"{path}::old", "::new", "::label", "-l", "mse", "--cluster", "user")["results"]
    assert found["clusters"] == 15
    assert found["candidate"] == f"{path}::new"
    (twice,) = document(
        cli, f"{path}::old", f"{path}::new", f"{path}::label", "-l", "mse", "--cluster", f"{path}::user"
    )["results"]
    assert twice["stderr"] == found["stderr"]


def test_rows_joined_by_key(cli: Any, tmp_path: Path, sample_data: Path) -> None:
    order = np.random.default_rng(0).permutation(442)
    values, labels = np.load(sample_data / SIDES[1]), np.load(sample_data / SIDES[2])
    for name, column in (("pred", values), ("label", labels)):
        lines = [f"id,{name}", *(f"{i},{float(column[i])!r}" for i in order.tolist())]
        (tmp_path / f"{name}.csv").write_text("\n".join(lines) + "\n")
    files = ("diabetes/diabetes.csv", tmp_path / "pred.csv", tmp_path / "label.csv")
    (joined,) = document(cli, *files, "-l", "mse", "--join", "id")["results"]
    (plain,) = document(cli, *SIDES, "-l", "mse")["results"]
    assert joined["difference"] == plain["difference"]
    assert joined["worst"] == plain["worst"]


def test_columns_of_classes_stand_in_one_order(cli: Any, tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    scores, others = rng.normal(size=(2, 40, 3))
    names = rng.choice(["a", "b", "c"], 40)
    plain = [
        "p_a,p_b,p_c,label",
        *(f"{s[0]!r},{s[1]!r},{s[2]!r},{n}" for s, n in zip(scores.tolist(), names, strict=True)),
    ]
    turned = ["q_c,q_a,q_b", *(f"{s[2]!r},{s[0]!r},{s[1]!r}" for s in others.tolist())]
    (tmp_path / "base.csv").write_text("\n".join(plain) + "\n")
    (tmp_path / "cand.csv").write_text("\n".join(turned) + "\n")
    arguments = (f"{tmp_path}/base.csv::p_*", f"{tmp_path}/cand.csv::q_*", "::label", "-l", "ce")
    (found,) = document(cli, *arguments)["results"]
    index = np.searchsorted(["a", "b", "c"], names)
    assert found["cand"] == losscli.compute("ce", others, index).value
    (tmp_path / "cand.csv").write_text("\n".join(["q_c,q_a,q_d", *turned[1:]]) + "\n")
    assert "of the classes" in cli("compare", *arguments).err
