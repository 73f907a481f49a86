"""`merge` adds shards exactly; `verify` finds every number and every input that changed."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import losscli
from losscli.core.binding.binding import bind
from losscli.core.loss import Loss
from losscli.core.registry import find

RECIPES = [
    ("focal", {"gamma": 1.5}, {}),
    ("sigmoid_cross_entropy", {"pos_weight": 2.0}, {"like": "torch", "input": "logits"}),
    ("mse", {}, {"like": "tf1"}),
    ("l2", {}, {}),
    ("hinge", {}, {}),
]


def saved(folder: Path, **arrays: Any) -> dict[str, str]:
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
    return {name: str(folder / f"{name}.npy") for name in arrays}


def flags(params: dict[str, Any]) -> list[str]:
    return [word for name, value in params.items() for word in (f"--{name.replace('_', '-')}", str(value))]


@pytest.mark.parametrize(("name", "params", "options"), RECIPES)
@pytest.mark.parametrize("weighted", [False, True])
def test_shards_at_block_boundaries_give_the_same_bits(
    cli: Any, tmp_path: Path, name: str, params: dict[str, Any], options: dict[str, Any], weighted: bool
) -> None:
    loss: Loss = find(name)
    rng = np.random.default_rng(5)
    block = bind(loss, {"pred": (None,), "label": (None,)}, **params).block_rows
    n = block * 2 + 1000
    pred, label = rng.normal(size=n), (rng.random(n) < 0.4).astype(float)
    weight = rng.integers(0, 3, size=n).astype(float)
    cuts = [0, block, 2 * block, n]
    words = [*flags(params), *flags(options)]
    shards = []
    for i, (start, stop) in enumerate(itertools.pairwise(cuts)):
        part = slice(start, stop)
        paths = saved(tmp_path, pred=pred[part], label=label[part], weight=weight[part])
        more = ["--weights", paths["weight"]] if weighted else []
        shard = tmp_path / f"shard{i}.json"
        ran = cli("compute", name, paths["pred"], paths["label"], *more, *words, "--partial", "-o", shard)
        assert ran.code == 0, ran.err
        shards.append(shard)
    whole = losscli.compute(name, pred, label, weights=weight if weighted else None, **params, **options)
    for order in (shards, shards[::-1]):
        merged = json.loads(cli("merge", *order, "--json").out)["results"][0]
        for key in ("value", "stderr", "n", "weight_sum", "signature"):
            assert merged[key] == getattr(whole, key), key
        assert merged["like"] == options.get("like")


@pytest.mark.parametrize("shape", [(8, 6, 5), (40,)])
def test_masks(cli: Any, tmp_path: Path, shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(1)
    pred, label = rng.random(shape), (rng.random(shape) < 0.5).astype(float)
    shards = []
    for i, part in enumerate((slice(0, shape[0] // 2), slice(shape[0] // 2, None))):
        paths = saved(tmp_path, pred=pred[part], label=label[part])
        shards.append(tmp_path / f"{i}.json")
        cli("compute", "dice", paths["pred"], paths["label"], "--pool", "batch", "--partial", "-o", shards[-1])
    merged = json.loads(cli("merge", *shards, "--json").out)["results"][0]
    whole = losscli.compute("dice", pred, label, pool="batch")
    assert merged["value"] == pytest.approx(whole.value, rel=1e-15)
    assert merged["n"] == whole.n


def shard(cli: Any, tmp_path: Path, name: str, *words: str) -> Path:
    paths = saved(tmp_path, pred=np.arange(4.0), label=np.ones(4))
    made = tmp_path / f"{name}.json"
    assert cli("compute", "huber", paths["pred"], paths["label"], *words, "-o", made).code == 0
    return made


def test_shards_that_do_not_belong_together(cli: Any, tmp_path: Path) -> None:
    one, other = shard(cli, tmp_path, "one", "--partial"), shard(cli, tmp_path, "other", "--partial", "--delta", "2")
    ran = cli("merge", one, other)
    assert ran.code == 3
    assert "delta is 2.0 against 1.0" in ran.err
    ran = cli("merge", one, shard(cli, tmp_path, "plain"))
    assert (ran.code, "--partial" in ran.err) == (3, True)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is not JSON"),
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[]", "is not a report"),
        ('{"tool": {"name": "other"}}', "is not a report"),
        ('{"tool": {"name": "losscli"}, "schema_version": "9.0"}', "schema version 9.0"),
        ('{"tool": {"name": "losscli"}, "schema_version": "1.0", "results": [3], "inputs": []}', "list of results"),
    ],
)
@pytest.mark.parametrize("command", ["merge", "verify"])
def test_what_is_no_report(cli: Any, tmp_path: Path, command: str, text: str, says: str) -> None:
    path = tmp_path / "r.json"
    path.write_text(text)
    ran = cli(command, path)
    assert ran.code == 3
    assert says in ran.err
    assert cli(command, tmp_path / "missing.json").code == 2


def test_a_damaged_state(cli: Any, tmp_path: Path) -> None:
    one = shard(cli, tmp_path, "one", "--partial")
    document = json.loads(one.read_text())
    for key, value in (("totals", ["0x1", "0x2"]), ("squares", ["0x1"]), ("weight", "many"), ("rows", None)):
        bad = json.loads(one.read_text())
        bad["results"][0]["state"][key] = value
        (tmp_path / "bad.json").write_text(json.dumps(bad))
        ran = cli("merge", one, tmp_path / "bad.json")
        assert ran.code == 3, (key, ran.err)
    assert document["results"][0]["state"]["rows"] == 4
    for size in ([[1]], -1, True, 10**400):
        document["inputs"][0]["shape"] = [4, size]
        (tmp_path / "bad.json").write_text(json.dumps(document))
        ran = cli("merge", tmp_path / "bad.json")
        assert (ran.code, "shape holds something else than sizes" in ran.err) == (3, True), ran.err


def test_verify(cli: Any, in_samples: Path, tmp_path: Path) -> None:
    """Sound reports of several kinds; then a changed number, a changed input, a lost one."""
    commands = [
        ("focal", "cancer/logits.npy", "cancer/labels.npy", "--gamma", "3"),
        ("mse", "diabetes/diabetes.csv", "--weight", "weight", "--denominator", "count"),
        ("ce", "digits/digits.parquet", "--pred", "p_*", "--label", "name", "--input", "probs"),
        ("bce", "cancer/probs.npy", "cancer/labels.npy", "--like", "keras"),
        ("center", "faces/embeddings.npy", "faces/labels.npy", "--centers", "faces/centers.npy"),
        ("mae", "diabetes/pred.npy", "diabetes/label.npy", "--reduction", "none"),
    ]
    for i, command in enumerate(commands):
        report = tmp_path / f"{i}.json"
        assert cli("compute", *command, "--json", "-o", report).code == 0
        ran = cli("verify", report)
        assert ran.code == 0, ran.out
        assert "DIFFERS" not in ran.out
    document = json.loads((tmp_path / "0.json").read_text())
    document["results"][0]["value"] *= 1 + 1e-9
    (tmp_path / "0.json").write_text(json.dumps(document))
    ran = cli("verify", tmp_path / "0.json")
    assert (ran.code, "value was" in ran.out) == (1, True)


def test_verify_finds_changed_and_lost_inputs(cli: Any, tmp_path: Path) -> None:
    paths = saved(tmp_path, pred=np.arange(4.0), label=np.ones(4))
    report = tmp_path / "r.json"
    cli("compute", "mse", paths["pred"], paths["label"], "--json", "-o", report)
    np.save(tmp_path / "label.npy", np.zeros(4))
    ran = cli("verify", report)
    assert (ran.code, "its SHA-256 is another now" in ran.out, "value was" in ran.out) == (1, True, True)
    (tmp_path / "pred.npy").unlink()
    ran = cli("verify", report)
    assert (ran.code, "no such file" in ran.out) == (1, True)


def test_a_shard_that_is_there_twice(cli: Any, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    paths = saved(tmp_path, pred=rng.normal(size=9), label=rng.normal(size=9), other=rng.normal(size=9))
    shards = {}
    for name, pred in [("a", "pred"), ("b", "other"), ("again", "pred")]:
        shards[name] = tmp_path / f"{name}.json"
        ran = cli("compute", "mse", paths[pred], paths["label"], "--partial", "-o", shards[name])
        assert ran.code == 0, ran.err
    assert cli("merge", shards["a"], shards["b"]).code == 0
    ran = cli("merge", shards["a"], shards["b"], shards["again"])
    assert (ran.code, ran.out) == (3, "")
    assert "again.json holds the same rows of the same inputs as" in ran.err
    assert "a.json, which would count twice" in ran.err
    ran = cli("merge", shards["b"], shards["a"], tmp_path / "." / "b.json")
    assert (ran.code, ran.out) == (3, "")
    assert "is the same file as" in ran.err
    moved = {**json.loads(shards["a"].read_text()), "elapsed_s": 9.0}
    shards["again"].write_text(json.dumps(moved))
    assert cli("merge", shards["a"], shards["again"]).code == 3
    for each in moved["inputs"]:
        each["sha256"] = None
    shards["a"].write_text(json.dumps(moved))
    shards["again"].write_text(json.dumps(moved))
    assert cli("merge", shards["a"], shards["again"]).code == 3


def test_a_part_beside_the_whole(cli: Any, tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text("id,pred,label\n1,1,0\n2,2,0\n3,3,0\n", encoding="utf-8")
    shards = {name: tmp_path / f"{name}.json" for name in ("whole", "low", "high")}
    for name, words in {"whole": (), "low": ("--where", "id<2"), "high": ("--where", "id>=2")}.items():
        assert cli("compute", "mse", table, *words, "--partial", "-o", shards[name]).code == 0
    merged = cli("merge", shards["high"], shards["low"], "--format", "value")
    assert float(merged.out) == pytest.approx(14 / 3)
    for order in (("whole", "low"), ("high", "whole")):
        ran = cli("merge", *(shards[name] for name in order))
        assert (ran.code, ran.out) == (3, "")
        assert "all rows of the same inputs: those would count twice. Leave one of them out." in ran.err


def test_shards_of_other_recipes_name_both_files(cli: Any, tmp_path: Path) -> None:
    paths = saved(tmp_path, pred=np.ones(3), label=np.zeros(3))
    for name, loss, *words in [("a", "huber"), ("b", "huber", "--delta", "2"), ("c", "mse")]:
        ran = cli("compute", loss, paths["pred"], paths["label"], *words, "--partial", "-o", tmp_path / f"{name}.json")
        assert ran.code == 0
    for other in ("b", "c"):
        ran = cli("merge", tmp_path / "a.json", tmp_path / f"{other}.json")
        assert ran.code == 3
        assert "a.json" in ran.err
        assert f"{other}.json was computed with other settings" in ran.err


@pytest.mark.parametrize("loss", ["mse", "rmse"])
def test_merge_gives_the_interval_that_the_shards_were_asked_for(cli: Any, tmp_path: Path, loss: str) -> None:
    pred, label = (np.load(f"diabetes/{name}.npy") for name in ("pred", "label"))
    np.save(tmp_path / "p.npy", pred)
    np.save(tmp_path / "y.npy", label)
    shards = []
    for i, rows in enumerate((slice(0, 200), slice(200, None))):
        np.save(tmp_path / "a.npy", pred[rows])
        np.save(tmp_path / "b.npy", label[rows])
        shards.append(tmp_path / f"{i}.json")
        words = (tmp_path / "a.npy", tmp_path / "b.npy", "--partial", "--ci", "90", "-o", shards[-1])
        assert cli("compute", loss, *words).code == 0
    whole = json.loads(cli("compute", loss, tmp_path / "p.npy", tmp_path / "y.npy", "--ci", "90", "--json").out)
    merged = json.loads(cli("merge", *shards, "--json").out)
    found, expected = merged["results"][0]["ci"], whole["results"][0]["ci"]
    assert (found["level"], found["method"]) == (expected["level"], expected["method"])
    assert found["low"] == pytest.approx(expected["low"], rel=1e-12)
    assert found["high"] == pytest.approx(expected["high"], rel=1e-12)


def test_merge_says_why_there_is_no_interval(cli: Any, tmp_path: Path) -> None:
    for i, more in enumerate((("--ci", "90"), ("--ci", "95"), ("--ci", "95", "--bootstrap", "100"))):
        label = tmp_path / f"y{i}.npy"
        np.save(label, np.load("diabetes/label.npy") + i)
        words = ("compute", "mse", "diabetes/pred.npy", label, "--partial", *more, "-o", tmp_path / f"{i}.json")
        assert cli(*words).code == 0
    code, out, err = cli("merge", tmp_path / "0.json", tmp_path / "1.json", "--json")
    assert (code, json.loads(out)["results"][0]["ci"]) == (0, None)
    assert err == "losscli: note: mse: the shards have different intervals.\n"
    _, _, err = cli("merge", tmp_path / "1.json", tmp_path / "2.json")
    assert "the interval by bootstrap takes the rows, and shards keep sums." in err


@pytest.mark.parametrize(
    ("place", "value"),
    [(("n",), 441), (("weight_sum",), 3.0), (("counts", "nan"), 1), (("ci", "low"), 1.0), (("ci", "high"), 1.0),
     (("stderr",), 1.0), (("value",), 1.0)],
)  # fmt: skip
def test_verify_compares_every_number(cli: Any, tmp_path: Path, place: tuple[str, ...], value: float) -> None:
    report = tmp_path / "r.json"
    assert cli("compute", "mse", "diabetes/pred.npy", "diabetes/label.npy", "--ci", "95", "-o", report).code == 0
    assert cli("verify", report).code == 0
    document = json.loads(report.read_text())
    entry = document["results"][0]
    for step in place[:-1]:
        entry = entry[step]
    entry[place[-1]] = value
    report.write_text(json.dumps(document))
    code, out, _ = cli("verify", report)
    assert (code, f"{' '.join(place)} was {value}" in out) == (1, True)


def test_verify_finds_files_of_absolute_paths_in_a_folder(cli: Any, tmp_path: Path) -> None:
    there, here = tmp_path / "there", tmp_path / "here"
    (there / "data").mkdir(parents=True)
    for name in ("pred", "label"):
        np.save(there / "data" / f"{name}.npy", np.load(f"diabetes/{name}.npy"))
    words = (there / "data" / "pred.npy", there / "data" / "label.npy", "-o", tmp_path / "r.json")
    assert cli("compute", "mse", *words).code == 0
    there.rename(here)
    assert cli("verify", tmp_path / "r.json").code == 1
    assert cli("verify", tmp_path / "r.json", "--in", here).code == 0
    assert cli("verify", tmp_path / "r.json", "--in", here / "data").code == 0


@pytest.mark.parametrize(
    ("loss", "words", "said"),
    [
        ("ntxent", "", "each shard was one batch"),
        ("ntxent", "--batch-size 4", ""),
        ("center", "", "it reads the data twice"),
    ],
)
def test_shards_whose_rows_were_compared_with_each_other(
    cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loss: str, words: str, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(4)
    for part in "ab":
        np.save(f"{part}.npy", rng.normal(size=(8, 3)))
        np.save(f"{part}y.npy", np.arange(8) % 2)
        ended = cli("compute", loss, f"{part}.npy", f"{part}y.npy", *words.split(), "--partial", "-o", f"{part}.json")
        assert ended.code == 0, ended.err
    ended = cli("merge", "a.json", "b.json")
    assert (ended.code, bool(ended.err), said in ended.err) == (0, bool(said), True)
