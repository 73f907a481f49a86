"""Rows that two reports kept: paired where they are the same rows, and else not, with the reason and what to type."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest
from conftest import ROOT
from jsonschema import Draft202012Validator

import losscli

SCHEMA = json.loads((ROOT / "losscli/report/schemas/report.schema.json").read_text(encoding="utf-8"))
N = 400
RNG = np.random.default_rng(1)
LABEL = RNG.normal(size=N)
ERROR = RNG.normal(size=N)
BASE = LABEL + ERROR
SAME = BASE + 0.01 * RNG.normal(size=N)
WORSE = LABEL + 1.05 * ERROR  # mse is 10 % higher: not to be seen in two values of 400 rows
WEIGHT = RNG.uniform(0.1, 3.0, size=N)
USER = np.arange(N) // 8
ORDER = np.random.default_rng(2).permutation(N)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with the labels and weights of all tests, and a folder for each report."""
    monkeypatch.chdir(tmp_path)
    for name in ("main", "change"):
        (tmp_path / name).mkdir()
    np.save("y.npy", LABEL)
    np.save("w.npy", WEIGHT)
    pandas.DataFrame({"id": np.arange(N), "label": LABEL, "w": WEIGHT}).to_csv("labels.csv", index=False)
    return tmp_path


@pytest.fixture
def made(cli: Any, folder: Path) -> Any:
    """Writes report.json and rows into one of the two folders; predictions are an array or a table."""

    def make(where: str, pred: Any, *words: Any, loss: str = "mse", rows: str = "rows.npy") -> None:
        if isinstance(pred, pandas.DataFrame):
            pred.to_csv(f"{where}/p.csv", index=False)
            files = [f"{where}/p.csv", *words]
        else:
            np.save(f"{where}/p.npy", pred)
            files = [f"{where}/p.npy", "y.npy", *words]
        kept = ["--per-sample", f"{where}/{rows}"] if rows else []
        ran = cli("compute", loss, *files, *kept, "--json", "-o", f"{where}/report.json")
        assert ran.code == 0, ran.err

    return make


@pytest.fixture
def gated(cli: Any, folder: Path) -> Any:
    """The exit code, and the message of the one check, of the change beside main."""

    def gate(*words: Any, report: str = "change/report.json", baseline: str = "main/report.json") -> tuple[int, str]:
        ran = cli("gate", report, "--baseline", baseline, "--margin", "1%", *words, "--json")
        checks = [check for result in json.loads(ran.out)["results"] for check in result["checks"]]
        return ran.code, checks[0]["message"]

    return gate


def table(pred: Any, **more: Any) -> pandas.DataFrame:
    return pandas.DataFrame({"id": np.arange(N), "pred": pred, "user": USER, **more})


JOINED = ("labels.csv", "--join", "id", "--pred", "pred", "--label", "label")
ONE_FILE = ("--pred", "pred", "--label", "label")


# -- the estimator is that of compare ----------------------------------------------------------------------


@pytest.mark.parametrize("rows", ["rows.npy", "rows.csv"])
@pytest.mark.parametrize(
    ("loss", "words", "arguments"),
    [
        ("mse", (), {}),
        ("l2", (), {}),
        ("rmse", (), {}),
        ("relative_squared_error", (), {}),
        ("mse", ("--weights", "w.npy"), {"weights": WEIGHT}),
        ("mse", ("--weights", "w.npy", "--denominator", "count"), {"weights": WEIGHT, "denominator": "count"}),
        ("mse", ("--weights", "w.npy", "--denominator", "nonzero"), {"weights": WEIGHT, "denominator": "nonzero"}),
        ("mse", ("--denominator", "elements"), {"denominator": "elements"}),
        ("mse", ("--like", "tf1"), {"like": "tf1"}),
        ("mse", ("--reduction", "sum"), {"reduction": "sum"}),
    ],
)
def test_the_numbers_are_those_of_compare(
    made: Any, gated: Any, loss: str, words: tuple[str, ...], arguments: dict[str, Any], rows: str
) -> None:
    made("main", BASE, *words, loss=loss, rows=rows)
    made("change", WORSE, *words, loss=loss, rows=rows)
    code, message = gated()
    compared = losscli.compare(loss, BASE, WORSE, LABEL, margin_rel=0.01, worst=0, **arguments)
    assert compared.verdict == "worse"
    assert code == 1
    assert message.startswith("worse:")
    assert f"{compared.difference:+.3g} [{compared.low:.3g}, {compared.high:.3g}]" in message
    assert "paired by rows (400," in message


def test_pooled_losses_keep_their_terms(cli: Any, folder: Path) -> None:
    rng = np.random.default_rng(3)
    masks = (rng.random((60, 4, 4)) < 0.4).astype(np.uint8)
    sides = [np.clip(0.3 + 0.4 * masks + rng.normal(0, spread, masks.shape), 0, 1) for spread in (0.1, 0.15)]
    np.save("masks.npy", masks)
    for where, pred in zip(("main", "change"), sides, strict=True):
        np.save(f"{where}/p.npy", pred)
        words = ["--pool", "batch", "--per-sample", f"{where}/rows.csv", "--json", "-o", f"{where}/report.json"]
        assert cli("compute", "dice", f"{where}/p.npy", "masks.npy", *words).code == 0
    assert (folder / "main" / "rows.csv").read_text().startswith("row,term 0,term 1\n0,")
    ran = cli("gate", "change/report.json", "--baseline", "main/report.json")
    compared = losscli.compare("dice", *sides, masks, pool="batch")
    assert f"[{compared.low:.3g}, {compared.high:.3g}]" in ran.out
    assert "paired by rows (60," in ran.out


def test_the_same_difference_on_every_weighted_row_is_certain(made: Any, gated: Any) -> None:
    """The ratio estimator: sum w d / sum w has no error where every d is the same."""
    made("main", LABEL + 1.0, "--weights", "w.npy", loss="mae")
    made("change", LABEL + 1.02, "--weights", "w.npy", loss="mae")
    code, message = gated()
    assert code == 1
    assert "+0.02 [0.02, 0.02]" in message


# -- which rows they are ---------------------------------------------------------------------------------------


def test_rows_joined_in_another_order_are_paired_by_their_places(made: Any, gated: Any) -> None:
    made("main", table(BASE), *JOINED)
    in_order = losscli.compare("mse", BASE, WORSE, LABEL)
    for order in (np.arange(N), ORDER):
        made("change", table(WORSE).iloc[order], *JOINED)
        code, message = gated()
        assert code == 1
        assert f"[{in_order.low:.3g}, {in_order.high:.3g}]" in message
        assert "by their places in the labels' file" in message


def test_labels_in_the_predictions_file_are_paired_by_key(made: Any, gated: Any) -> None:
    """Their file has another order with every model, so only keys say which row is which."""
    words = (*ONE_FILE, "--weights", "labels.csv::w", "--join", "id")
    made("main", table(BASE, label=LABEL), *words)
    made("change", table(WORSE, label=LABEL).iloc[ORDER], *words)
    code, message = gated()
    compared = losscli.compare("mse", BASE, WORSE, LABEL, weights=WEIGHT)
    assert code == 1
    assert f"[{compared.low:.3g}, {compared.high:.3g}]" in message
    assert "by key" in message


@pytest.mark.parametrize("joined", [False, True])
def test_rows_that_one_side_left_out_are_left_out_of_both(made: Any, gated: Any, joined: bool) -> None:
    sides = []
    for pred, row in ((BASE, 3), (WORSE, 300)):
        pred = pred.copy()
        pred[row] = np.nan
        sides.append(table(pred) if joined else pred)
    words = (*(JOINED if joined else ()), "--nan", "omit", "--missing", "omit")
    made("main", sides[0], *words)
    made("change", sides[1], *words)
    rest = np.delete(np.arange(N), [3, 300])
    compared = losscli.compare("mse", BASE[rest], WORSE[rest], LABEL[rest])
    code, message = gated()
    assert code == 1
    assert f"{compared.difference:+.3g} [{compared.low:.3g}, {compared.high:.3g}]" in message
    assert "398" in message
    assert "without 1 that only the baseline has and 1 that only the report has" in message


def test_rows_chosen_by_where_are_paired_by_their_places(made: Any, gated: Any) -> None:
    made("main", table(BASE), *JOINED, "--where", "user>=10")
    made("change", table(WORSE).iloc[ORDER], *JOINED, "--where", "user>=10")
    rows = USER >= 10
    compared = losscli.compare("mse", BASE[rows], WORSE[rows], LABEL[rows])
    assert f"[{compared.low:.3g}, {compared.high:.3g}]" in gated()[1]


def test_clusters_are_kept(made: Any, gated: Any) -> None:
    """Whichever report knows them: they are of the rows, not of the model."""
    compared = losscli.compare("mse", BASE, WORSE, LABEL, cluster=USER)
    for before, now in ((True, True), (False, True), (True, False)):
        made("main", table(BASE), *JOINED, *(["--cluster", "user"] if before else []))
        made("change", table(WORSE).iloc[ORDER], *JOINED, *(["--cluster", "user"] if now else []))
        message = gated()[1]
        assert f"[{compared.low:.3g}, {compared.high:.3g}]" in message
        assert "400 in 50 clusters" in message


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"cluster": np.arange(N) // 5}, "the clusters of the baseline are others"),
        ({"rows": ""}, "the report kept no rows; compute both with --per-sample FILE"),
        ({"words": ("--no-hash",)}, "leave out --no-hash"),
    ],
)
def test_rows_that_are_not_the_same_are_not_paired(made: Any, gated: Any, change: dict[str, Any], says: str) -> None:
    made("main", table(BASE), *JOINED, "--cluster", "user")
    side = table(WORSE).assign(user=change.get("cluster", USER))
    made("change", side, *JOINED, "--cluster", "user", *change.get("words", ()), rows=change.get("rows", "rows.npy"))
    code, message = gated()
    assert code == 0
    assert message.startswith("cannot tell:")
    assert f"not paired, since {says}" in message or says in message


def test_weights_that_differ_are_no_pairs(made: Any, gated: Any) -> None:
    """In one file with the predictions, joined: the multiset of weights is the same, the rows' own are not."""
    words = ("labels.csv", "--join", "id", "--pred", "pred", "--label", "label", "--weight", "own")
    made("main", table(BASE, own=WEIGHT), *words)
    made("change", table(WORSE, own=WEIGHT[::-1]), *words)
    code, message = gated()
    assert "counts for" in message
    assert "not paired" in message
    assert code == 0


# -- whose file it is ------------------------------------------------------------------------------------------


def test_the_folder_is_all_it_takes(made: Any, gated: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The baseline's rows are looked for beside the baseline, wherever it lies and wherever the gate runs."""
    made("main", BASE)
    made("change", SAME)
    compared = losscli.compare("mse", BASE, SAME, LABEL)
    ends = f"[{compared.low:.3g}, {compared.high:.3g}]"
    assert ends in gated()[1]
    shutil.move(folder / "main", folder / "far")
    assert ends in gated(baseline="far/report.json")[1]
    monkeypatch.chdir(folder / "change")
    assert ends in gated(report="report.json", baseline="../far/report.json")[1]
    (folder / "far" / "rows.npy").unlink()  # never the report's own rows instead
    message = gated(report="report.json", baseline="../far/report.json")[1]
    assert "rows.npy, with the rows of the baseline, is not in ../far" in message


def test_relative_paths_are_from_the_reports_folder(cli: Any, gated: Any, folder: Path) -> None:
    (folder / "main" / "rows").mkdir()
    (folder / "change" / "rows").mkdir()
    for where, pred in (("main", BASE), ("change", WORSE)):
        np.save(f"{where}/p.npy", pred)
        words = ["--per-sample", f"{where}/rows/mse.npy", "--json", "-o", f"{where}/report.json"]
        assert cli("compute", "mse", f"{where}/p.npy", "y.npy", *words).code == 0
        document = json.loads(Path(f"{where}/report.json").read_text())
        document["results"][0]["per_sample"] = "rows/mse.npy"  # as it stands when the job ran in this folder
        Path(f"{where}/report.json").write_text(json.dumps(document))
    assert "paired by rows" in gated()[1]


def test_a_stale_file_is_not_used(made: Any, gated: Any) -> None:
    made("main", BASE)
    made("change", WORSE)
    shutil.copy("change/rows.npy", "main/rows.npy")
    code, message = gated()
    assert code == 0
    assert "not paired, since main/rows.npy holds other rows than those that the baseline was written with" in message
    assert "losscli compute --per-sample" in message


def test_a_file_shared_by_two_reports_is_not_used(cli: Any, gated: Any, folder: Path) -> None:
    for name, pred in (("a", BASE), ("b", WORSE)):
        np.save(f"{name}.npy", pred)
        words = ["--per-sample", "rows.npy", "--json", "-o", f"{name}.json"]
        assert cli("compute", "mse", f"{name}.npy", "y.npy", *words).code == 0
    message = gated(report="b.json", baseline="a.json")[1]
    assert "not paired, since rows.npy holds other rows" in message


def test_rows_that_do_not_add_up_are_not_used(made: Any, gated: Any) -> None:
    made("main", BASE)
    made("change", WORSE)
    document = json.loads(Path("main/report.json").read_text())
    document["results"][0]["value"] *= 1.001
    Path("main/report.json").write_text(json.dumps(document))
    assert "not paired, since the rows of the baseline give" in gated()[1]


def test_a_damaged_file_of_details(made: Any, gated: Any) -> None:
    made("main", table(BASE), *JOINED, "--cluster", "user")
    made("change", table(WORSE), *JOINED, "--cluster", "user")
    Path("main/rows.npy.detail.npz").write_bytes(b"PK")
    assert "not paired, since main/rows.npy.detail.npz holds other rows" in gated()[1]
    Path("main/rows.npy.detail.npz").unlink()
    assert "rows.npy.detail.npz, with the rows of the baseline, is not in main" in gated()[1]


def test_reports_of_before_are_read(made: Any, gated: Any) -> None:
    """Their rows say not what they are rows of: two values are compared."""
    made("main", BASE)
    made("change", WORSE)
    document = json.loads(Path("main/report.json").read_text())
    del document["results"][0]["per_sample_file"]
    Path("main/report.json").write_text(json.dumps(document))
    code, message = gated()
    assert code == 0
    assert "not paired, since the baseline does not say what the rows of main/rows.npy are" in message


# -- without pairs -----------------------------------------------------------------------------------------------


def test_two_values_show_their_power_and_what_pairing_would_give(made: Any, gated: Any) -> None:
    made("main", BASE, rows="")
    made("change", WORSE, rows="")
    _, message = gated()
    assert "a true rise of the margin would be called worse in at most 3 % of cases" in message
    assert "with paired rows whose losses correlate by 0.9 in 5 %" in message
    _, message = gated("--margin", "mse=0")
    assert "would be shown in 80 % of cases, with paired rows" in message


def test_json_has_the_numbers_of_a_verdict(cli: Any, made: Any) -> None:
    """Those that the message rounds, under the names of compare; and of two values what their power is."""
    for rows in ("", "rows.npy"):
        made("main", BASE, rows=rows)
        made("change", WORSE, rows=rows)
        ran = cli("gate", "change/report.json", "--baseline", "main/report.json", "--margin", "20%", "--json")
        document = json.loads(ran.out)
        assert not list(Draft202012Validator(SCHEMA).iter_errors(document))
        (check,) = document["results"][0]["checks"]
        evidence, message = check["evidence"], check["message"]
        assert message.startswith(evidence["verdict"].replace("inconclusive", "cannot tell"))
        assert f"{evidence['difference']:+.3g} [{evidence['ci']['low']:.3g}, {evidence['ci']['high']:.3g}]" in message
        assert f"margin {evidence['margin']['value']:.3g}" in message
        assert evidence["n"] == N
        if rows:
            assert (evidence["paired"], evidence["unpaired_because"], evidence["if_paired"]) == (True, None, None)
            against = losscli.compare("mse", "main/p.npy", "change/p.npy", "y.npy", margin="20%").to_dict()
            for name in ("difference", "stderr", "p_value", "margin", "power", "detectable", "needed", "effective"):
                assert evidence[name] == against[name], name
            assert evidence["power_is"] == "known"
        else:
            assert not evidence["paired"]
            assert evidence["unpaired_because"] in message
            said = f"{evidence['power_is']} {100 * evidence['power']:.0f} % of cases"
            assert f"a true rise of the margin would be called worse in {said}" in message
            assert evidence["if_paired"]["correlation"] == 0.9
            assert f"correlate by 0.9 in {100 * evidence['if_paired']['power']:.0f} %" in message
            assert 0.0 < evidence["power"] < evidence["if_paired"]["power"]


def test_a_relative_margin_between_two_values_has_its_own_error(made: Any, gated: Any) -> None:
    """c - (1 + m) b, whose error is that of both sides: with m = 2 three times that of b."""
    made("main", BASE, rows="")
    made("change", LABEL + 3.0**0.5 * 0.97 * ERROR, rows="")
    reports = [json.loads(Path(f"{name}/report.json").read_text())["results"][0] for name in ("main", "change")]
    beyond = reports[1]["value"] - 3 * reports[0]["value"]
    reach = 1.966 * np.hypot(reports[1]["stderr"], 3 * reports[0]["stderr"])
    assert beyond < 0 < beyond + reach
    code, message = gated("--margin", "mse=200%")
    assert code == 1
    assert message.startswith("worse:")


@pytest.mark.parametrize("rows", ["", "rows.npy"])
def test_identical_predictions_are_not_worse(made: Any, gated: Any, rows: str) -> None:
    made("main", BASE, rows=rows)
    made("change", BASE, rows=rows)
    code, message = gated("--on-inconclusive", "fail", "--margin", "mse=0")
    assert code == 0
    assert message.startswith("not worse: the predictions and everything else are the baseline's")


def test_a_rise_that_passes_is_said_loudly(cli: Any, made: Any) -> None:
    made("main", BASE, rows="")
    made("change", WORSE, rows="")
    words = ["gate", "change/report.json", "--baseline", "main/report.json", "--margin", "1%"]
    ran = cli(*words)
    assert ran.code == 0
    assert "WARNING: mse is above the baseline by more than the margin" in ran.err
    assert "--on-inconclusive fail or --max-rise would stop it" in ran.err
    assert "inconclusive: inconclusive" not in ran.out
    assert "WARNING" not in cli(*words, "--on-inconclusive", "pass").err
    assert cli(*words, "--on-inconclusive", "fail").code == 5


def test_max_rise_is_the_plain_rule(cli: Any, made: Any) -> None:
    made("main", BASE, rows="")
    made("change", WORSE, rows="")
    words = ["gate", "change/report.json", "--baseline", "main/report.json"]
    for rule, code in (
        ("1%", 1), ("20%", 0), ("mse=1%", 1), ("mse=20%", 0), ("0.05", 1), ("0.5", 0), ("mae=1%", 2), ("0", 1),
    ):  # fmt: skip
        assert cli(*words, "--max-rise", rule).code == code, rule
    assert cli(*words, "--max-rise", "1%", "--max-rise", "0.5").code == 0  # both must be exceeded
    ran = cli("gate", "change/report.json", "--max-rise", "1%")
    assert (ran.code, "Give --baseline REPORT" in ran.err) == (2, True)
    ran = cli(*words, "--max-rise", "much")
    assert (ran.code, "max_rise must be a number of at least 0" in ran.err) == (2, True)


@pytest.mark.parametrize(
    ("rows", "says"), [(1, "not paired, since there is one row that counts"), (2, "paired by rows (2,")]
)
def test_very_few_rows(cli: Any, gated: Any, folder: Path, rows: int, says: str) -> None:
    np.save("few.npy", LABEL[:rows])
    for where, pred in (("main", BASE), ("change", WORSE)):
        np.save(f"{where}/p.npy", pred[:rows])
        words = ["--per-sample", f"{where}/rows.npy", "--json", "-o", f"{where}/report.json"]
        assert cli("compute", "mse", f"{where}/p.npy", "few.npy", *words).code == 0
    code, message = gated()
    assert code == 0
    assert message.startswith("cannot tell:")
    assert says in message


def test_rows_of_classes_that_are_left_out(cli: Any, gated: Any, folder: Path) -> None:
    """Rows that are ignored count for nothing, in the rows of both as in `compare`."""
    rng = np.random.default_rng(6)
    label = rng.integers(0, 3, N)
    score = rng.normal(size=(N, 3))
    score[np.arange(N), label] += 1.0
    other = score + 0.3 * rng.normal(size=score.shape)
    label[::7] = -100
    np.save("classes.npy", label)
    for where, pred in (("main", score), ("change", other)):
        np.save(f"{where}/p.npy", pred)
        words = ["--ignore-index", "-100", "--class-weights", "1,2,3", "--denominator", "count"]
        words += ["--per-sample", f"{where}/rows.csv", "--json", "-o", f"{where}/report.json"]
        assert cli("compute", "ce", f"{where}/p.npy", "classes.npy", *words).code == 0
    compared = losscli.compare(
        "ce", score, other, label, ignore_index=-100, class_weights=(1.0, 2.0, 3.0), denominator="count"
    )
    assert f"{compared.difference:+.3g} [{compared.low:.3g}, {compared.high:.3g}]" in gated()[1]
