"""Everyday wants: fewer digits, the best of a batch, rows with holes left out, and where the result goes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli_words import LABEL, PRED

import losscli
from losscli.core.errors import UsageProblem
from losscli.report.lines.shown_digits import rounded, shown_with
from losscli.report.ranking import Ranking

MSE = ("compute", "mse", PRED, LABEL)


# -- --digits ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (3024.6857, 2, "3000"), (3024.6857, 6, "3024.69"), (0.00012345, 3, "0.000123"), (-29.96, 3, "-30"),
        (1e20, 3, "1e+20"), (float("inf"), 3, "inf"), (float("nan"), 3, "nan"), (0.0, 4, "0"), (99999.6, 5, "100000"),
        (0.1 + 0.2, 17, "0.30000000000000004"),
    ],
)  # fmt: skip
def test_rounding_keeps_the_digits_that_were_asked_for(value: float, digits: int, text: str) -> None:
    assert rounded(value, digits) == text


@pytest.mark.parametrize("form", ["plain", "table", "markdown", "csv", "tsv", "value"])
def test_digits_round_what_people_read(cli: Any, form: str) -> None:
    value = json.loads(cli(*MSE, "--json").out)["results"][0]["value"]
    code, out, err = cli(*MSE, "--format", form, "--digits", "3")
    assert (code, err) == (0, "")
    assert rounded(value, 3) in out
    assert str(value)[:8] not in out
    assert str(value)[:8] in cli(*MSE, "--format", form).out


def test_digits_never_touch_json(cli: Any, tmp_path: Path) -> None:
    report = tmp_path / "full.json"
    cli(*MSE, "--digits", "2", "--report", f"json={report}")
    value = json.loads(cli(*MSE, "--json").out)["results"][0]["value"]
    assert json.loads(report.read_text(encoding="utf-8"))["results"][0]["value"] == value
    for more in (["--json"], ["--format", "jsonl"], ["-o", str(tmp_path / "x.json")]):
        code, out, err = cli(*MSE, "--digits", "2", *more)
        assert (code, out) == (2, "")
        assert "JSON keeps every digit" in err


def test_digits_of_comparisons_and_of_rows(cli: Any, tmp_path: Path) -> None:
    np.save(tmp_path / "other.npy", np.load(PRED) + 1.0)
    said = cli("compare", PRED, str(tmp_path / "other.npy"), LABEL, "-l", "mse", "--digits", "2").out
    line = next(line for line in said.splitlines() if line.startswith("base"))
    value = losscli.compute("mse", PRED, LABEL).value
    assert line.split()[1] == rounded(value, 2)
    rows = cli(*MSE, "--reduction", "none", "--digits", "2").out.split()
    assert rows == [rounded(each, 2) for each in losscli.compute("mse", PRED, LABEL, reduction="none").rows]


def test_digits_of_a_look_at_files(cli: Any) -> None:
    usual, few = (cli("inspect", PRED, LABEL, *more).out for more in ((), ("--digits", "2")))
    low = float(np.load(PRED).min())
    assert f"range        {low:.6g} ..." in usual
    assert f"range        {rounded(low, 2)} ..." in few


def test_the_digits_of_an_expected_number_have_a_name_of_their_own(cli: Any) -> None:
    value = losscli.compute("mse", PRED, LABEL).value
    wrong = str(round(value * 1.0004, 3))
    words = ("reconcile", "mse", PRED, LABEL, "--expect", wrong)
    assert cli(*words).code == 1
    ran = cli(*words, "--match-digits", "2")
    assert "losscli" in ran.out
    assert wrong in ran.out
    assert not losscli.reconcile("mse", PRED, LABEL, expect=wrong)
    assert losscli.reconcile("mse", PRED, LABEL, expect=wrong, digits=2)
    code, out, err = cli(*words, "--digits", "2")
    assert (code, out) == (2, "")
    assert "--match-digits 2." in err


def test_digits_hold_for_one_text_alone() -> None:
    from losscli.report.lines.shown_digits import number

    with shown_with(2):
        assert number(0.123456789) == "0.12"
    assert number(0.123456789) == "0.12345679"


# -- the order of a batch -----------------------------------------------------------------------------------


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A batch of four data sets whose names and values have other orders, and of one that fails."""
    monkeypatch.chdir(tmp_path)
    label = np.arange(6.0)
    np.save("y.npy", label)
    for name, error in (("run_1", 3.0), ("run_2", 1.0), ("run_10", 2.0), ("run_11", 1.0)):
        np.save(f"{name}.npy", label + error)
    np.save("run_0.npy", np.zeros(2))
    return ["batch", "run_*.npy", "--labels", "y.npy", "--keep-going", "-q"]


def _first_words(text: str) -> list[str]:
    return [line.split()[0] for line in text.splitlines()[1:]]


def test_a_batch_in_the_order_of_its_values(cli: Any, runs: list[str]) -> None:
    code, out, _ = cli(*runs, "-l", "mse", "--sort", "value")
    assert code == 4
    assert _first_words(out) == ["run_2.npy", "run_11.npy", "run_10.npy", "run_1.npy", "run_0.npy"]
    names = _first_words(cli(*runs, "-l", "mse", "--sort", "name").out)
    assert names == ["run_0.npy", "run_1.npy", "run_2.npy", "run_10.npy", "run_11.npy"]
    assert _first_words(cli(*runs, "-l", "mse", "--sort", "name", "--top", "2").out) == ["run_2.npy", "run_11.npy"]


@pytest.mark.parametrize("form", ["json", "jsonl", "csv", "markdown", "plain"])
def test_the_order_holds_in_every_format(cli: Any, runs: list[str], form: str) -> None:
    out = cli(*runs, "-l", "mse", "--sort", "value", "--format", form).out
    if form == "json":
        out = json.dumps([each["dataset"] for each in json.loads(out)["results"]])
    places = [out.index(name) for name in ("run_2.npy", "run_11.npy", "run_10.npy", "run_1.npy", "run_0.npy")]
    assert places == sorted(places)


def test_a_larger_value_may_be_the_better_one(cli: Any, runs: list[str]) -> None:
    assert cli(*runs, "-l", "r2", "--best").out == "run_2.npy\n"
    assert _first_words(cli(*runs, "-l", "r2", "--top", "1").out) == ["run_2.npy"]
    assert cli(*runs, "-l", "bias", "--best").out == "run_2.npy\n"  # nearest to 0


def test_the_best_is_a_name_alone(cli: Any, runs: list[str], tmp_path: Path) -> None:
    assert cli(*runs, "-l", "mse", "--best").out == "run_2.npy\n"
    assert cli(*runs, "-l", "mse", "--best", "-o", "best.txt").out == ""
    assert (tmp_path / "best.txt").read_text(encoding="utf-8") == "run_2.npy\n"
    ran = cli("batch", "run_0.npy", "--labels", "y.npy", "-l", "mse", "--best", "--keep-going", "-q")
    assert (ran.code, ran.out) == (3, "")


def test_the_best_of_each_loss(cli: Any, runs: list[str]) -> None:
    out = cli(*runs, "-l", "mse", "-l", "mae", "--top", "1").out
    assert [line.split()[:2] for line in out.splitlines()[1:]] == [["run_2.npy", "mse"], ["run_2.npy", "mae"]]


@pytest.mark.parametrize(
    "more",
    [
        ["--best", "-l", "mae"], ["--best", "--top", "2"], ["--best", "--json"], ["--best", "--sort", "name"],
        ["--best", "--digits", "2"], ["--best", "--format", "csv"],
        ["--sort", "value", "--resume", "-o", "x.jsonl"], ["--top", "1", "--resume", "-o", "x.jsonl"], ["--top", "0"],
    ],
)  # fmt: skip
def test_what_contradicts_an_order_is_refused_before_the_work(cli: Any, runs: list[str], more: list[str]) -> None:
    code, out, err = cli(*runs, "-l", "mse", *more)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1


def test_a_suite_of_several_losses_has_no_single_best() -> None:
    results = [losscli.compute(loss, [1.0, 2.0], [1.0, 4.0]) for loss in ("mse", "mae")]
    with pytest.raises(UsageProblem, match="--top 1"):
        Ranking(best=True).best_name(results)


def test_values_that_are_none_come_last() -> None:
    from losscli.core.record import replace

    good = replace(losscli.compute("mse", [1.0], [2.0]), dataset="b")
    others = [replace(good, value=float("nan"), dataset="nan"), replace(good, value=float("inf"), dataset="inf"),
              replace(good, error="It failed.", value=None, dataset="failed")]  # fmt: skip
    assert Ranking("value").of([*others, good])[0].dataset == "b"
    assert Ranking(best=True).best_name(others) is None


@pytest.mark.parametrize(
    ("says", "more", "names"),
    [
        ("sort = 'value'", [], ["run_2", "run_11", "run_10", "run_1"]),
        ("sort = 'name'", [], ["run_1", "run_2", "run_10", "run_11"]),
        ("top = 2", [], ["run_2", "run_11"]),
        ("top = 2", ["--top", "1"], ["run_2"]),
        ("top = 2\nsort = 'value'", ["--sort", "name"], ["run_2", "run_11"]),
        ("best = true", ["--top", "2"], ["run_2", "run_11"]),
    ],
)
def test_a_suite_says_the_order_and_what_is_typed_wins(
    cli: Any, runs: list[str], says: str, more: list[str], names: list[str]
) -> None:
    suite = f"loss = 'mse'\n{says}\ndefaults.label = 'y.npy'\n[[data]]\npred = 'run_[!0]*.npy'\n"
    Path("suite.toml").write_text(suite, encoding="utf-8")
    assert [name.removesuffix(".npy") for name in _first_words(cli("batch", "suite.toml", *more).out)] == names
    if not more:
        report = losscli.batch("suite.toml")
        assert [result.dataset.removesuffix(".npy") for result in report.results] == names


def test_a_suite_says_that_the_best_name_is_wanted(cli: Any, runs: list[str]) -> None:
    entry = "defaults.label = 'y.npy'\n[[data]]\npred = 'run_[!0]*.npy'\n"
    Path("one.toml").write_text(f"loss = 'mse'\nbest = true\n{entry}", encoding="utf-8")
    assert cli("batch", "one.toml").out == "run_2.npy\n"
    assert [each.dataset for each in losscli.batch("one.toml").results] == ["run_2.npy"]
    assert len(losscli.batch("one.toml", top=2).results) == 2
    for text in (f"loss = ['mse', 'mae']\nbest = true\n{entry}", f"loss = 'mse'\nbest = true\ntop = 2\n{entry}"):
        Path("two.toml").write_text(text, encoding="utf-8")
        assert (cli("batch", "two.toml").code, cli("batch", "two.toml").out) == (2, "")
    code, _, err = cli("batch", "one.toml", "--resume", "-o", "x.jsonl")
    assert (code, "--best waits for all results" in err) == (2, True)


def test_a_suite_says_how_many_digits_are_shown(cli: Any, runs: list[str]) -> None:
    Path("s.toml").write_text("loss = 'rmse'\ndigits = 2\n[[data]]\npred = 'p.csv'\n", "utf-8")
    Path("p.csv").write_text("pred,label\n1,2\n1,3\n", encoding="utf-8")
    assert " 1.6 " in cli("batch", "s.toml").out.replace("\n", " ")  # sqrt(2.5) = 1.5811
    assert "1.581" in cli("batch", "s.toml", "--digits", "4").out


def test_python_says_the_order_as_the_command_line_does(runs: list[str]) -> None:
    given = {"b": [2.0, 3.0], "a": [1.0, 3.0], "c": [1.0, 1.0]}

    def names(**order: Any) -> list[str]:
        return [result.dataset for result in losscli.batch(given, ["mse"], [1.0, 3.0], **order).results]

    assert names(sort="value") == ["a", "b", "c"]
    assert names(sort="name") == ["a", "b", "c"]
    assert names(top=2) == ["a", "b"]
    assert names(best=True) == ["a"]
    assert names() == ["b", "a", "c"]
    for wrong in ({"top": 0}, {"sort": "size"}, {"best": True, "top": 2}):
        with pytest.raises(UsageProblem):
            names(**wrong)
    with pytest.raises(UsageProblem, match="best=True names the best data set of one loss"):
        losscli.batch(given, ["mse", "mae"], [1.0, 3.0], best=True)
    with pytest.raises(UsageProblem, match=r"losscli\.batch takes no argument 'ordr'"):
        losscli.batch(given, ["mse"], [1.0, 3.0], ordr="value")


# -- rows with holes ------------------------------------------------------------------------------------------


@pytest.fixture
def holes(tmp_path: Path) -> str:
    path = tmp_path / "holes.csv"
    path.write_text("pred,label\n1,2\n,3\nnan,2\n2,2\n", encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    "words", [["--drop-missing"], ["--nan", "drop", "--missing", "drop"], ["--nan", "omit", "--missing", "drop"]]
)
def test_rows_with_holes_are_dropped(cli: Any, holes: str, words: list[str]) -> None:
    said = json.loads(cli("compute", "mse", holes, *words, "--json").out)
    (result,) = said["results"]
    assert (result["value"], result["n"], result["counts"]["nan"], result["counts"]["missing"]) == (0.5, 2, 1, 1)
    assert (said["request"]["nan"], said["request"]["missing"]) == ("omit", "omit")  # so that verify does the same


def test_one_option_covers_both_kinds_of_holes_everywhere(cli: Any, holes: str, tmp_path: Path) -> None:
    assert losscli.compute("mse", holes, drop_missing=True).value == 0.5
    assert losscli.evaluate(["mse"], holes, drop_missing=True).results[0].value == 0.5
    suite = tmp_path / "suite.toml"
    suite.write_text(f"loss = ['mse']\n[[data]]\npred = '{Path(holes).as_posix()}'\ndrop_missing = true\n", "utf-8")
    assert json.loads(cli("batch", str(suite)).out)["value"] == 0.5
    assert cli("compute", "mse", holes, "--drop-missing", "--nan", "propagate").code == 2
    assert cli("compute", "mse", holes, "--no-drop-missing").code == 2
    other = tmp_path / "other.csv"
    other.write_text("pred,label\n3,2\n1,3\n4,2\n1,2\n", encoding="utf-8")
    assert "rows" in cli("compare", holes, str(other), "-l", "mse", "--drop-missing").out


def test_unpaired_keys_may_be_omitted_too(cli: Any, tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("id,pred\n1,1\n2,2\n", encoding="utf-8")
    (tmp_path / "y.csv").write_text("id,label\n1,3\n", encoding="utf-8")
    files = [str(tmp_path / "p.csv"), str(tmp_path / "y.csv")]
    outs = {cli("compute", "mse", *files, "--join", "id", "--on-missing", word, "--format", "value").out
            for word in ("drop", "omit")}  # fmt: skip
    assert outs == {"4.0\n"}


# -- classes named one by one, and where results go --------------------------------------------------------------


def test_columns_named_one_by_one_are_classes_by_name(cli: Any, tmp_path: Path) -> None:
    path = tmp_path / "animals.csv"
    path.write_text("p_cat,p_dog,p_owl,animal\n0.7,0.2,0.1,cat\n0.1,0.2,0.7,owl\n0.6,0.2,0.2,dog\n", encoding="utf-8")
    outs = {
        cli("compute", "log_loss", str(path), "--pred", pred, "--label", "animal", "--format", "value").out
        for pred in ("p_*", "p_cat,p_dog,p_owl", "p_owl,p_cat,p_dog")
    }
    assert len(outs) == 1
    assert float(outs.pop()) == pytest.approx(-(2 * np.log(0.7) + np.log(0.2)) / 3)


@pytest.mark.parametrize("suffix", ["json", "csv"])
def test_the_file_is_what_its_name_says_beside_a_format_for_people(cli: Any, tmp_path: Path, suffix: str) -> None:
    written, wanted = tmp_path / f"a.{suffix}", tmp_path / f"b.{suffix}"
    cli(*MSE, "--format", "plain", "-o", str(written))
    cli(*MSE, "-o", str(wanted))
    texts = [path.read_text(encoding="utf-8") for path in (written, wanted)]
    assert texts[0].count("\n") == texts[1].count("\n")
    assert texts[0].startswith("{" if suffix == "json" else "loss,")


def test_rows_and_result_never_share_a_file(cli: Any, tmp_path: Path) -> None:
    code, out, err = cli(*MSE, "--per-sample", str(tmp_path / "x.csv"), "-o", str(tmp_path / "x.csv"))
    assert (code, out) == (2, "")
    assert "is the target of two outputs" in err
    assert not list(tmp_path.iterdir())


# -- CTC ------------------------------------------------------------------------------------------------------


def test_rows_and_steps_that_are_exchanged_are_told_by_layout(cli: Any, tmp_path: Path) -> None:
    draw = np.random.default_rng(0)
    scores, labels = draw.normal(size=(6, 20, 5)), draw.integers(1, 5, (6, 4))
    files = {"ntc": scores, "tnc": scores.transpose(1, 0, 2), "y": labels, "flat": labels.ravel()}
    for name, values in files.items():
        np.save(tmp_path / f"{name}.npy", values)
    ntc, tnc, label, flat = (str(tmp_path / f"{name}.npy") for name in files)
    for pred, wrong, right in ((tnc, [], "tnc"), (ntc, ["--layout", "tnc"], "ntc"), (ntc, ["--like", "torch"], "ntc")):
        ran = cli("compute", "ctc", pred, label, *wrong)
        assert ran.code == 3
        assert f"say --layout {right}." in ran.err
    assert cli("compute", "ctc", tnc, label, "--layout", "tnc").code == 0
    assert "--label-lengths FILE" in cli("compute", "ctc", ntc, flat).err
    assert "--layout" in cli("compute", "ctc", str(tmp_path / "tnc.npy"), str(tmp_path / "flat.npy")).err


# -- what a result says without -v -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "line"),
    [
        ([], "mean of 442 rows"),
        (["--reduction", "sum"], "sum of 442 rows"),
        (["--weights", LABEL], "weighted mean of 442 rows, over the sum of weights"),
        (["--weights", LABEL, "--denominator", "count"], "weighted mean of 442 rows, over the number of rows"),
    ],
)
def test_a_result_says_in_short_how_rows_became_one_number(cli: Any, more: list[str], line: str) -> None:
    out = cli(*MSE, *more, "--format", "plain").out
    lines = dict(each.split("  ", 1) for each in out.splitlines())
    assert lines["reduction"].strip() == line
    assert not {"predictions", "labels", "rows"} & set(lines)
    verbose = cli(*MSE, *more, "--format", "plain", "-v").out
    for what in ("predictions", "labels", "rows"):
        assert f"\n{what}" in verbose
