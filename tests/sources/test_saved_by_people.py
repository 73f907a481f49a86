"""Files as people's programs save them: comments, booleans as words, blanks around names, numbers as they are shown."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import losscli
from losscli.core.errors import LossCliError

P = [0.9, 0.25, 0.5, 0.125]
Y = [1, 0, 1, 0]
BCE = losscli.compute("bce", P, Y, input="probs").value


@pytest.fixture(autouse=True)
def _here(cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # after cli, which goes elsewhere
    monkeypatch.chdir(tmp_path)


def text(header: str, cell: Any = "{}", label: Any = "{}", mark: str = ",") -> str:
    rows = (
        cell.format(p) + mark + (label(y) if callable(label) else label.format(y)) for p, y in zip(P, Y, strict=True)
    )
    return "\n".join([*([header] if header else []), *rows]) + "\n"


def saved(name: str, content: str) -> str:
    Path(name).write_text(content, encoding="utf-8")
    return name


@pytest.mark.parametrize(
    "content",
    [
        text("# made by model v3, seed 1\n# on Monday\nyhat,y"),
        text("# made by model v3\n# yhat,y"),
        text("# yhat,y"),
        text("#\nyhat,y"),
        text("# model v3\nyhat\ty", mark="\t"),
        text("# yhat y", mark=" "),
        text("yhat , y", " {} ", " {} "),
        text(" yhat;y ", mark=";"),
    ],
)
def test_headers_with_comments_and_blanks(content: str) -> None:
    assert losscli.compute("bce", saved("p.csv", content), input="probs").value == BCE
    result = losscli.compute("bce", saved("p.csv", content), pred="yhat", label="y", input="probs")
    assert (result.value, result.n) == (BCE, 4)


def test_comments_are_noted(cli: Any) -> None:
    path = Path.cwd() / "p.csv"
    path.write_text(text("# one\n# two\nyhat,y"), encoding="utf-8")
    assert "p.csv: the first 2 lines begin with # and are comments." in cli("compute", "mse", path).err


def test_savetxt() -> None:
    np.savetxt("p.txt", np.c_[P, Y], header="yhat y")
    assert losscli.compute("bce", "p.txt", input="probs").value == BCE
    np.savetxt("p.txt", np.c_[P, Y], header="yhat,y", delimiter=",", comments="")
    assert losscli.compute("bce", "p.txt", input="probs").value == BCE
    np.savetxt("one.txt", P, header="trained on Monday")
    np.savetxt("y.txt", Y)
    assert losscli.compute("bce", "one.txt", "y.txt", input="probs").value == BCE


def test_rows_that_all_begin_with_a_hash_are_rows() -> None:
    saved("ids.csv", "#1,0.5,1\n#2,0.25,0\n")
    assert losscli.compute("mse", "ids.csv", pred="1", label="2", header="no").n == 2
    saved("chrom.csv", "#chrom,yhat,y\nchr1,0.5,1\nchr2,0.25,0\n")
    assert losscli.compute("mse", "chrom.csv", where="#chrom=chr1").n == 1


@pytest.mark.parametrize("words", [("False", "True"), ("FALSE", "TRUE"), ("false", "true")])
def test_booleans_as_words(words: tuple[str, str], cli: Any) -> None:
    path = str(Path.cwd() / saved("p.csv", text("yhat,y", label=lambda y: words[y])))
    assert losscli.compute("bce", path, input="probs").value == BCE
    assert f"labels: {words[0]} is 0 and {words[1]} is 1." in cli("compute", "bce", path, "--input", "probs").err
    pd.DataFrame({"yhat": P, "y": [words[y] for y in Y]}).to_parquet("p.parquet")
    assert losscli.compute("bce", "p.parquet", input="probs").value == BCE
    np.save("p.npy", np.array(P))
    np.save("y.npy", np.array([words[y] for y in Y]))
    assert losscli.compute("bce", "p.npy", "y.npy", input="probs").value == BCE


def test_other_words_are_asked_about() -> None:
    for words in (("no", "yes"), ("False", "true"), ("0", "True")):
        with pytest.raises(LossCliError, match=r"classes=|not a number"):
            losscli.compute("bce", saved("p.csv", text("yhat,y", label=lambda y, w=words: w[y])), input="probs")


@pytest.mark.parametrize("format_", ["csv", "jsonl", "parquet"])
@pytest.mark.parametrize("order", [("p_True", "p_False"), ("p_False", "p_True")])
def test_columns_that_are_called_after_booleans(format_: str, order: tuple[str, str]) -> None:
    columns = {"p_True": P, "p_False": [1 - p for p in P]}
    frame = pd.DataFrame({**{name: columns[name] for name in order}, "label": [bool(y) for y in Y]})
    path = f"p.{format_}"
    if format_ == "csv":
        frame.to_csv(path, index=False)
    elif format_ == "parquet":
        frame.to_parquet(path)
    else:
        frame.to_json(path, orient="records", lines=True)
    for pred in ("p_*", ",".join(order)):
        value = losscli.compute("ce", path, pred=pred, label="label", input="probs").value
        assert value == pytest.approx(BCE, rel=1e-12)


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ("{:.0%}", r"percentage.*divided by 100, 0\.9\."),
        ('"{:,.2f}"', r"separate its thousands: save it without them, 9000\.00\."),
    ],
)
def test_numbers_as_they_are_shown(cells: str, says: str) -> None:
    scale = 1 if "%" in cells else 1e4
    rows = "".join(f"{cells.format(p * scale)},{y}\n" for p, y in zip(P, Y, strict=True))
    with pytest.raises(LossCliError, match=says):
        losscli.compute("mse", saved("p.csv", f"yhat,y\n{rows}"))
    with pytest.raises(LossCliError, match=says.replace("9000", "5000") if "9000" in says else "percentage"):
        losscli.compute("mse", saved("p.csv", f"yhat,y\n0.5,1\n{rows.splitlines()[2]}\n"))


def test_a_json_document_says_how_it_becomes_lines() -> None:
    saved("p.json", json.dumps([{"yhat": p, "y": y} for p, y in zip(P, Y, strict=True)]))
    with pytest.raises(LossCliError, match=r"jq -c '\.\[\]' p\.json > p\.jsonl"):
        losscli.compute("mse", "p.json")


def test_hints_name_the_columns_of_the_file() -> None:
    """Never a word to be filled in; ids are no predictions."""
    saved("t.csv", "id,a,b,y\n1,0.2,0.8,1\n2,0.6,0.4,0\n")
    with pytest.raises(LossCliError, match=r"such as pred=\"a\"\."):
        losscli.compute("mse", "t.csv")
    with pytest.raises(LossCliError, match=r"such as with pred=\"a,b\"\."):
        losscli.compute("ce", "t.csv", pred="a", label="y", input="probs")
    saved("u.csv", "id,a,size\n1,0.2,0.8\n")
    with pytest.raises(LossCliError, match=r"such as with label=\"size\","):
        losscli.compute("mse", "u.csv", pred="a")
    saved("w.csv", "score,kind\n0.2,dog\n0.4,cat\n")
    with pytest.raises(LossCliError, match=r"classes=\"cat,dog\", or in another order"):
        losscli.compute("bce", "w.csv", label="kind", input="probs")
    saved("long.csv", ",".join(f"p_{i}" for i in range(30)) + ",y\n" + ",".join(["0.1"] * 30) + ",1\n")
    with pytest.raises(LossCliError, match=r"such as with pred=\"p_\*\"\."):
        losscli.compute("ce", "long.csv", pred="p_3", label="y", input="probs")


def test_inspect_names_the_key_that_both_files_have(cli: Any) -> None:
    rng = np.random.default_rng(0)
    ids, logits = np.arange(300), rng.normal(size=300) * 3
    labels = (logits > 0).astype(int)
    pd.DataFrame({"image_id": ids, "score": logits}).to_csv("p.csv", index=False)
    pd.DataFrame({"image_id": ids, "label": labels}).iloc[40:].to_csv("y.csv", index=False)
    folder = Path.cwd()
    ran = cli("inspect", folder / "p.csv", folder / "y.csv", "--loss", "bce", "--format", "json")
    assert "--join image_id" in ran.out
    assert "KEY" not in ran.out


def test_log_probabilities_beside_a_target_need_no_labels() -> None:
    """As evaluation harnesses write them: the log-probability of the answer, and the answer."""
    rows = [{"filtered_resps": [[logprob, False]], "target": "0"} for logprob in (-1.5, -0.5)]
    saved("lm.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    assert losscli.compute("perplexity", "lm.jsonl", pred="filtered_resps.0.0").value == pytest.approx(np.e)
    with pytest.raises(LossCliError, match="do not fit"):
        losscli.compute("perplexity", "lm.jsonl", pred="filtered_resps.0.0", label="target")


@pytest.mark.parametrize("format_", ["csv", "jsonl", "parquet"])
def test_inspect_passes_over_a_column_that_only_begins_with_a_number(format_: str, cli: Any) -> None:
    frame = pd.DataFrame(
        {"code": ["12", "A3", "7", ""], "tokens": ["[1, 2]", "[3]", "[4 5 6]", "x"], "pred": P, "label": Y}
    )
    if format_ == "csv":
        frame.to_csv("c.csv", index=False)
    elif format_ == "parquet":
        frame.to_parquet("c.parquet")
    else:
        frame.to_json("c.jsonl", orient="records", lines=True)
    path = Path.cwd() / f"c.{format_}"
    ran = cli("inspect", path)
    assert ran.code == 0, ran.err
    assert "column code holds more than numbers" in ran.err
    assert "column tokens holds more than numbers" in ran.err
    assert cli("compute", "mse", path).code == 0
    for asked in (("--pred", "code", "--label", "label"), ("--pred", "pred", "--label", "tokens")):
        assert cli("inspect", path, *asked).code == 3
