"""Rows that two reports kept: paired where they are the same rows, and else not, with the reason and what to type."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gated_rows import BASE, JOINED, LABEL, ONE_FILE, ORDER, USER, WEIGHT, WORSE, N, gater, maker, prepared, table

import losscli

folder, made, gated = map(pytest.fixture, (prepared, maker, gater))


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
        ({"words": ("--no-hash",)}, "losscli compute --no-hash writes none"),
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
