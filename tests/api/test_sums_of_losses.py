"""Weighted sums of losses: the value is the sum of the losses' own values, by every door, with one standard error."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import losscli
from losscli.core import signature

RNG = np.random.default_rng(3)
N = 400
PROBS = RNG.uniform(0.01, 0.99, (N, 12))
MASKS = (RNG.random((N, 12)) < PROBS).astype(int)
X = RNG.normal(size=N)
Y = X + RNG.normal(size=N)
LOGITS = RNG.normal(size=(N, 4))
CLASSES = RNG.integers(0, 4, N)
WEIGHTS = RNG.uniform(0, 3, N).round(1)

# the sum, its losses with their weights and parameters, predictions and labels
Parts = list[tuple[float, str, dict[str, Any]]]
SUMS: list[tuple[str, Parts, Any, Any, dict[str, Any]]] = [
    ("mse + 0.5 * mae", [(1, "mse", {}), (0.5, "mae", {})], X, Y, {}),
    ("2 * (huber(delta=0.5) - mse)", [(2, "huber", {"delta": 0.5}), (-2, "mse", {})], X, Y, {}),
    ("dice + 0.5 * focal(gamma=1)", [(1, "dice", {}), (0.5, "focal", {"gamma": 1})], PROBS, MASKS, {"input": "probs"}),
    ("dice(pool=batch) + focal", [(1, "dice", {"pool": "batch"}), (1, "focal", {})], PROBS, MASKS, {"input": "probs"}),
    ("rmse + 0.1 * mae", [(1, "rmse", {}), (0.1, "mae", {})], X, Y, {}),
    ("r2 - mse / 4 + wape", [(1, "r2", {}), (-0.25, "mse", {}), (1, "wape", {})], X, Y, {}),
    ("rmse - rmsle", [(1, "rmse", {}), (-1, "rmsle", {})], np.abs(X) + 1, np.abs(Y) + 1, {}),
    (
        "ce(ignore_index=2) + zero_one",
        [(1, "ce", {"ignore_index": 2}), (1, "zero_one", {})],
        LOGITS, CLASSES, {"input": "logits"},
    ),
    (
        "ce(class_weights=[1,2,3,4]) + ce(ignore_index=0)",
        [(1, "ce", {"class_weights": [1, 2, 3, 4]}), (1, "ce", {"ignore_index": 0})],
        LOGITS, CLASSES, {"input": "logits"},
    ),
]  # fmt: skip


@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["plain", "weighted"])
@pytest.mark.parametrize(("text", "parts", "pred", "label", "options"), SUMS, ids=[each[0] for each in SUMS])
def test_value_is_the_sum_of_the_values(
    text: str, parts: Parts, pred: Any, label: Any, options: dict[str, Any], weights: Any
) -> None:
    each = [losscli.compute(name, pred, label, weights=weights, **options, **params) for _, name, params in parts]
    want = math.fsum(weight * result.value for (weight, *_), result in zip(parts, each, strict=True))
    result = losscli.compute(text, pred, label, weights=weights, ci=95, **options)
    assert result.value == pytest.approx(want, rel=1e-12)
    assert result.stderr is not None
    assert result.ci["low"] < result.value < result.ci["high"]
    for threads in (1, 2):
        assert losscli.compute(text, pred, label, weights=weights, threads=threads, **options).value == result.value
    name, settings = signature.read(result.signature)
    assert name == result.loss == losscli.loss(text).name
    (_, first, params), *_ = parts
    for key, value in params.items():
        written = settings[f"{losscli.loss(first).name}.{key}"]
        assert (list(written) if isinstance(written, tuple) else written) == value


@pytest.mark.parametrize(("text", "parts", "pred", "label", "options"), SUMS, ids=[each[0] for each in SUMS])
def test_standard_error_is_that_of_repeated_draws(
    text: str, parts: Parts, pred: Any, label: Any, options: dict[str, Any]
) -> None:
    """The bootstrap draws rows anew and knows nothing of a covariance."""
    plain = losscli.compute(text, pred, label, **options)
    drawn = losscli.compute(text, pred, label, ci=95, bootstrap=4000, **options)
    assert drawn.stderr == pytest.approx(plain.stderr, rel=0.08)


def test_losses_that_cancel_have_no_error() -> None:
    """Were the covariance left out, the error would be that of two independent losses."""
    result = losscli.compute("mse - mse", X, Y)
    assert (result.value, result.stderr) == (0.0, 0.0)
    half = losscli.compute("mse - 0.5 * mse", X, Y)
    assert half.stderr == pytest.approx(losscli.compute("mse", X, Y).stderr / 2, rel=1e-12)
    pooled = losscli.compute("rmse - rmse", X, Y)
    assert pooled.stderr == pytest.approx(0.0, abs=1e-12)


def test_rows_sums_and_functions_of_arrays() -> None:
    text, rows = "mse + 0.5 * mae", (X - Y) ** 2 + 0.5 * np.abs(X - Y)
    np.testing.assert_allclose(losscli.compute(text, X, Y, reduction="none").rows, rows, rtol=1e-14)
    np.testing.assert_allclose(losscli.loss(text)(X, Y), rows, rtol=1e-14)
    assert losscli.compute(text, X, Y, reduction="sum").value == pytest.approx(rows.sum(), rel=1e-13)
    for denominator in ("count", "nonzero"):
        single = [
            losscli.compute(n, X, Y, weights=WEIGHTS, denominator=denominator).value * w
            for n, w in (("mse", 1), ("mae", 0.5))
        ]
        got = losscli.compute(text, X, Y, weights=WEIGHTS, denominator=denominator).value
        assert got == pytest.approx(sum(single), rel=1e-13)
    with pytest.raises(losscli.UsageProblem, match="count differently"):
        losscli.loss("ce(ignore_index=1) + zero_one")(LOGITS, CLASSES, input="logits")


def test_one_reading_of_standard_input(cli: Any, tmp_path: Path) -> None:
    text = "".join(f"{a!r},{b!r}\n" for a, b in zip(X.tolist(), Y.tolist(), strict=True))
    ran = cli(
        "compute", "rmse + mae", "-", "--pred", "a", "--label", "b", "--format", "value", stdin=f"a,b\n{text}".encode()
    )
    want = losscli.compute("rmse", X, Y).value + losscli.compute("mae", X, Y).value
    assert ran.code == 0
    assert float(ran.out) == pytest.approx(want, rel=1e-12)


@pytest.mark.parametrize(
    ("loss", "options", "words"),
    [
        ("dice + focal", {}, "dice takes probs, and focal takes logits; the predictions of a sum are of one kind. Say"),
        (
            "dice + focal",
            {"input": "probs", "per_output": True},
            "per_output=True is of one loss",
        ),
        ("dice + focal", {"input": "probs", "like": "monai"}, "has no dice|like is of one loss"),
        ("focal + bce", {}, "all values lie within"),
        ("dice + focal", {"input": "probs", "gamma": 2}, "has no parameter 'gamma'"),
        ("dice(pool=batch) + focal", {"input": "probs", "reduction": "none"}, "must be one of|count differently"),
    ],
)
def test_what_a_sum_does_not_take(loss: str, options: dict[str, Any], words: str) -> None:
    with pytest.raises(losscli.UsageProblem) as caught:
        losscli.compute(loss, PROBS, MASKS, **options)
    assert any(each in str(caught.value) for each in words.split("|")), str(caught.value)


def test_losses_of_two_reductions_are_not_added_in_silence() -> None:
    with pytest.raises(losscli.UsageProblem, match="mse a mean, l1 a sum"):
        losscli.compute("mse + l1", X, Y)
    want = losscli.compute("mse", X, Y, reduction="sum").value + losscli.compute("l1", X, Y).value
    assert losscli.compute("mse + l1", X, Y, reduction="sum").value == pytest.approx(want, rel=1e-13)


def test_weights_with_denominators_of_rows_are_refused_where_they_have_no_meaning() -> None:
    with pytest.raises(losscli.UsageProblem, match='denominator="count"'):
        losscli.compute("rmse + mae", X, Y, weights=WEIGHTS, denominator="count")


# -- every door -------------------------------------------------------------------------------------------

SUM = "dice + 0.5 * focal(gamma=2)"
OPTIONS = ("--input", "probs", "--no-stack")


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    np.save(tmp_path / "p.npy", PROBS)
    np.save(tmp_path / "q.npy", np.clip(PROBS + RNG.normal(size=PROBS.shape) * 0.1, 0.01, 0.99))
    np.save(tmp_path / "y.npy", MASKS)
    return tmp_path


def test_the_command_line(cli: Any, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(files)
    value = losscli.compute(SUM, PROBS, MASKS, input="probs").value
    ran = cli("compute", SUM, "p.npy", "y.npy", *OPTIONS, "--json", "-o", "r.json", "--per-sample", "rows.csv")
    assert ran.code == 0
    (result,) = json.loads((files / "r.json").read_text())["results"]
    assert (result["value"], result["loss"]) == (value, SUM)
    rows = np.loadtxt(files / "rows.csv", delimiter=",", skiprows=1)[:, 1]
    assert rows.mean() == pytest.approx(value, rel=1e-13)
    assert cli("verify", "r.json").code == 0
    help_text = cli("compute", "dice + focal", "--help").out
    assert "losscli compute 'dice + focal' [OPTIONS]" in help_text
    assert "none, it must be said" in " ".join(help_text.split())
    assert "dice + focal" in cli("show", "dice+focal").out
    assert cli("compute", "dice + focal", "p.npy", "y.npy", "--gamma", "2").err == (
        "losscli: No such option --gamma. See losscli compute 'dice + focal' --help.\n"
    )
    assert cli("compute", "a+b.npy", "y.npy").err.startswith("losscli: a+b.npy stands where the loss should.")
    assert cli("compute", "2024.npy", "y.npy").err.startswith("losscli: 2024.npy stands where the loss should.")


def test_batch_compare_gate_and_suites(cli: Any, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(files)
    value = losscli.compute(SUM, PROBS, MASKS, input="probs").value
    ran = cli("batch", "p.npy", "q.npy", "--labels", "y.npy", "-l", f"{SUM}:input=probs", "-l", "dice", "--no-stack",
              "--format", "jsonl")  # fmt: skip
    lines = [json.loads(line) for line in ran.out.splitlines()]
    assert [(each["loss"], each["dataset"]) for each in lines] == [
        (SUM, "p.npy"), ("dice", "p.npy"), (SUM, "q.npy"), ("dice", "q.npy"),
    ]  # fmt: skip
    assert lines[0]["value"] == value
    document = json.loads(cli("compare", "p.npy", "q.npy", "y.npy", "-l", SUM, *OPTIONS, "--json").out)
    (compared,) = document["results"]
    difference = lines[2]["value"] - value
    assert compared["difference"] == pytest.approx(difference, rel=1e-12)
    rows = [
        losscli.compute(SUM, np.load(f"{name}.npy"), MASKS, input="probs", reduction="none").rows for name in ("p", "q")
    ]
    assert compared["stderr"] == pytest.approx((rows[1] - rows[0]).std(ddof=1) / math.sqrt(N), rel=1e-6)
    cli("compute", SUM, "q.npy", "y.npy", *OPTIONS, "-o", "q.json")
    for name in (SUM, "dice + focal(gamma=2) / 2"):
        assert cli("gate", "q.json", "--max", f"{name}={value}").code == 1
        assert cli("gate", "q.json", "--max", f"{name}=9").code == 0
    suite = f'[[data]]\npred = "p.npy"\nlabel = "y.npy"\nstack = false\nloss = ["{SUM}:input=probs"]\n'
    (files / "suite.toml").write_text(suite)
    ran = cli("batch", "suite.toml", "--format", "jsonl")
    assert json.loads(ran.out)["value"] == value


def test_configuration_and_names(cli: Any, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(files)
    (files / "losscli.toml").write_text('[compute."dice+focal"]\ninput = "probs"\nstack = false\n')
    ran = cli("compute", "dice + focal", "p.npy", "y.npy", "--format", "value")
    assert float(ran.out) == losscli.compute("dice + focal", PROBS, MASKS, input="probs").value
    (files / "losscli.toml").write_text('[compute."dice+focal"]\ngamma = 2\n')
    ran = cli("compute", "dice + focal", "p.npy", "y.npy", *OPTIONS)
    assert (ran.code, "gamma" in ran.err) == (2, True)
    (files / "losscli.toml").unlink()
    for text in ("dice(pool=batch) + focal", SUM):
        ran = cli("batch", "p.npy", "--labels", "y.npy", "-l", f"{text}:input=probs", "-l", "dice", "--no-stack",
                  "--format", "csv")  # fmt: skip
        assert ran.code == 0
        assert f"{text}:reduction" not in ran.out


def test_shards_merge(cli: Any, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sums that were kept are finished without the data, also where the losses have several terms."""
    monkeypatch.chdir(files)
    for text in (SUM, "dice(pool=batch) + focal"):
        for i, half in enumerate((slice(0, N // 2), slice(N // 2, N))):
            np.save(f"p{i}.npy", PROBS[half])
            np.save(f"y{i}.npy", MASKS[half])
            ran = cli("compute", text, f"p{i}.npy", f"y{i}.npy", *OPTIONS, "--partial", "-o", f"part{i}.json")
            assert ran.code == 0
        whole = losscli.compute(text, PROBS, MASKS, input="probs")
        merged = json.loads(cli("merge", "part0.json", "part1.json", "--json").out)["results"][0]
        assert merged["value"] == pytest.approx(whole.value, rel=1e-12)
        assert merged["stderr"] == pytest.approx(whole.stderr, rel=1e-9)


def test_python_evaluates_and_compares() -> None:
    report = losscli.evaluate(["mse + mae", "mse", ("huber", {"delta": 2})], X, Y)
    assert [result.loss for result in report.results] == ["mse + mae", "mse", "huber"]
    compared = losscli.compare("mse + mae", X, Y * 0.9, Y)
    single = losscli.compute("mse + mae", Y * 0.9, Y).value - losscli.compute("mse + mae", X, Y).value
    assert compared.difference == pytest.approx(single, rel=1e-12)


@pytest.mark.parametrize(
    "options", [{"mask": RNG.integers(0, 2, (N, 12))}, {"ignore_label": 0}, {"ignore_label": 1}, {"weights": WEIGHTS}]
)
def test_elements_that_are_left_out(options: dict[str, Any]) -> None:
    """An image counts as one for dice, and by its pixels for cross entropy."""
    for text in ("dice + bce", "dice(pool=batch) + bce", "bce + focal", "jaccard + dice"):
        names = [name.removesuffix("(pool=batch)") for name in text.split(" + ")]
        batch = {names[0]: {"pool": "batch"} if "batch" in text else {}}
        each = [losscli.compute(n, PROBS, MASKS, input="probs", **options, **batch.get(n, {})).value for n in names]
        got = losscli.compute(text, PROBS, MASKS, input="probs", **options)
        assert got.value == pytest.approx(sum(each), rel=1e-12)


def test_cells_of_rows_without_a_value() -> None:
    pred, label = RNG.normal(size=(2, N, 3))
    label[RNG.random((N, 3)) < 0.2] = np.nan
    for text in ("mse + mae", "rmse + mae", "huber - 0.1 * mse"):
        weights = {"mse + mae": (1, 1), "rmse + mae": (1, 1), "huber - 0.1 * mse": (1, -0.1)}[text]
        names = text.replace("- 0.1 *", "+").split(" + ")
        each = [losscli.compute(name, pred, label, nan="omit").value for name in names]
        got = losscli.compute(text, pred, label, nan="omit")
        assert got.value == pytest.approx(sum(w * v for w, v in zip(weights, each, strict=True)), rel=1e-12)


def test_cells_without_a_value() -> None:
    label = Y.copy()
    label[::7] = np.nan
    kept = ~np.isnan(label)
    got = losscli.compute("mse + rmse", X, label, nan="omit")
    assert got.value == pytest.approx(losscli.compute("mse + rmse", X[kept], Y[kept]).value, rel=1e-13)
    assert got.n == kept.sum()
