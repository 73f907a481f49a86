"""The commands that messages give: each is run, on the files of the mistake, and works.

A message is wrong in another way if its command needs a word to be filled in: what it names are this file's columns.
"""

from __future__ import annotations

import csv
import json
import re
import shlex
from pathlib import Path
from typing import Any

import hint_sources
import numpy as np
import pyarrow as pa
import pytest
from pyarrow import feather, parquet

P = [0.9, 0.2, 0.7, 0.4]
Y = [1, 0, 1, 0]
THREE = [[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.2, 0.2, 0.6], [0.6, 0.3, 0.1]]
WORDS = ["cat", "dog", "emu", "cat"]
RNG = np.random.default_rng(0)
FLAGS = ("--stack", "--no-stack")
OPTION = re.compile(r"--[a-z][a-z-]*(?: (?:'[^']*'|(?:[^\s;,.:)]|[.,:](?=[^\s]))+))?")

ARRAYS: dict[str, Any] = {
    "p.npy": np.array(P),
    "y.npy": np.array(Y),
    "z.npy": np.array([2.5, -1.0, 0.5, -0.5]),
    "signs.npy": np.array([1, -1, 1, -1]),
    "log.npy": np.log(np.array(P)),
    "three.npy": np.array(THREE),
    "logthree.npy": np.log(np.array(THREE)),
    "classes.npy": np.array([0, 1, 2, 0]),
    "only255.npy": np.array([0, 1, 255, 0]),
    "nan.npy": np.array([0.5, np.nan, 0.25, 0.75]),
    "mask.npy": RNG.random((5, 5)),
    "truth.npy": RNG.integers(0, 2, (5, 5)),
    "square.npy": RNG.normal(size=(2, 3, 3)),
    "truth3.npy": np.array([[1, 0, 1], [0, 1, 0], [0, 0, 1], [1, 1, 0]]),
    "squares.npy": RNG.integers(0, 3, (2, 3)),
    "wide.npy": RNG.normal(size=(4, 3)),
    "listed.npy": np.array([[0, 2, -1], [1, -1, -1], [0, 1, 2], [2, -1, -1]]),
    "rates.npy": np.array([-1.0, 2.0, 0.5, 1.0]),
    "counts.npy": np.array([1, 4, 2, 3]),
    "animals.npy": np.array(WORDS),
    "steps.npy": RNG.normal(size=(6, 2, 4)),
    "sequences.npy": np.array([[1, 2], [3, 1]]),
    "eyes.npy": np.array([np.eye(3), np.eye(3)]),
    "logprobs.npy": -RNG.random((4, 3)),
}
TABLES: dict[str, dict[str, list[Any]]] = {
    "words": {"score": P, "kind": ["no", "yes", "yes", "no"]},
    "animals": {"id": [4, 5, 6, 7], "a": [x[0] for x in THREE], "b": [x[1] for x in THREE], "c": [x[2] for x in THREE],
                "animal": WORDS},
    "classes": {"p_0": [x[0] for x in THREE], "p_1": [x[1] for x in THREE], "p_2": [x[2] for x in THREE],
                "y": [0, 1, 2, 0]},
    "two": {"yhat": P, "score": [3.0, -1.0, 2.0, 0.5], "label": Y},
    "unknown": {"id": [1, 2, 3, 4], "left": P, "right": P[::-1]},
    "text": {"name": ["a", "b", "c", "d"], "value": P, "label": Y},
    "gap": {"pred": [0.5, None, 0.25, 0.75], "label": Y},
    "ours": {"id": [1, 2, 3, 4], "pred": P},
    "fewer": {"id": [3, 1, 2], "label": [1, 0, 1]},
    "twice": {"id": [1, 2, 3, 4, 4], "pred": [*P, 0.4]},
    "theirs": {"id": [4, 3, 2, 1], "label": Y},
    "hard": {"prediction": [1.0, 0.0, 1.0, 0.0], "probability": P, "label": Y},
    "others": {"id": [1, 2, 3, 4, 4], "pred": [*P, 0.5]},
    "forecast": {"id": ["a", "a", "b", "b"], "pred": P, "label": Y},
    "past": {"id": ["a", "a", "a", "b", "b", "b"], "value": [1.0, 3.0, 2.0, 5.0, 4.0, 8.0]},
    "levels": {"q0.1": P, "q0.9": [x + 1 for x in P], "label": Y},
    "boxes": {"pred_x": P, "pred_y": P, "true_x": P, "true_z": P},
}  # fmt: skip
TEXTS = {
    "semicolons.csv": "pred;label\n0,5;1,5\n0,25;0,5\n",
    "comma.csv": 'pred,label\n"0,5",1\n"0,25",0\n',
    "quotes.csv": 'pred,label,said\n0.5,1,"so\n0.25,0,it"\n0.5,1,x\n',
    "blank.csv": "\n1\n3\n2\n",
    "either.csv": "0,1,2\n0.5,1,2\n0.25,0,1\n",
    "dots.csv": "pred,label\n0.5,1\n0.25,0\n",
    "bare.csv": 'pred,label,said\n0.5,1,"a" b\n0.25,0,c\n',
    "escaped.csv": 'pred,label,said\n0.5,1,"a \\\\"b\\\\", c"\n0.25,0,c\n'.replace("\\\\", "\\"),
    "thin.csv": "pred;label\n0.5;1\n0.25;0\n",
}
VERBS = (
    "is",
    "names",
    "belongs",
    "and",
    "where",
    "divides",
    "allows",
    "takes",
    "says",
)  # after an option without a value
MISTAKES = [
    "compute bce p.npy y.npy",
    "compute ce three.npy classes.npy",
    "compute focal p.npy y.npy",
    "compute multilabel_soft_margin three.npy three.npy",
    "compare p.npy p2.npy y.npy -l bce",
    "batch p.npy --labels y.npy -l bce",
    "compute bce z.npy y.npy --input probs",
    "compute ce logthree.npy classes.npy --input probs",
    "compute ce three.npy classes.npy --input logprobs",
    "compute poisson_nll rates.npy counts.npy --input rates",
    "compute ce three.npy only255.npy --input probs",
    "compute bce nan.npy y.npy --input probs",
    "compute mse gap.FORMAT",
    "compute dice mask.npy truth.npy",
    "compute ce square.npy squares.npy",
    "compute ce animals.FORMAT --pred a --label animal --input probs",
    "compute ce classes.FORMAT --pred p_1 --label y --input probs",
    "compute bce words.FORMAT --label kind --input probs",
    "compute bce two.FORMAT",
    "compute bce hard.FORMAT",
    "compute mse unknown.FORMAT",
    "compute mse unknown.FORMAT --pred left",
    "compute mse text.FORMAT --pred name",
    "compute mse ours.FORMAT fewer.FORMAT --join id",
    "compute mse twice.FORMAT theirs.FORMAT --join id",
    "compute mse p.npy y.npy --on-missing drop",
    "compute mse p.npy y.npy --on-duplicate same",
    "compute mse boxes.FORMAT --pred 'pred_*' --label 'true_*'",
    "compute mse comma.csv",
    "compute mse p.npy y.npy --classes a,b",
    "compute mse p.npy y.npy --reduction none --ci 95",
    "compute mse p.npy y.npy --bootstrap 100",
    "compute mse p.npy y.npy --reduction sum --denominator count",
    "compute bce three.npy classes.npy --input probs",
    "compute mse ours.FORMAT theirs.FORMAT",
    "compute mse quotes.csv",
    "compute kl three.npy three.npy --temperature 2",
    "compute brier three.npy truth3.npy",
    "compute zero_one three.npy truth3.npy",
    "compute mse p.npy y.npy --max-memory 1K",
    "compute multilabel_margin wide.npy listed.npy",
    "compute ce three.npy classes.npy --input probs --temperature 2",
    "compute zero_one p.npy y.npy --input classes",
    "compute triplet wide.npy classes.npy",
    "compute mse p.npy y.npy --per-sample rows.csv --reduction none",
    "compute mse thin.csv --delimiter ,",
    "compute mse nan.npy y.npy",
    "compute bce hard.FORMAT --input probs",
    "compute mse gap.FORMAT --where 'label>=0'",
    "compute ctc steps.npy sequences.npy",
    "compute ce classes.FORMAT --pred 'p_*' --label y --input probs --classes 2,1,7",
    "compute ce three.npy animals.npy --input probs",
    "compute multilabel_margin wide.npy listed.npy --mask truth3.npy",
    "compute mse text.csv --pred value --stack",
    "compute mse blank.csv p.npy",
    "compute mse either.csv --pred 0 --label 1",
    "compute mse dots.csv --decimal ,",
    "compute mse dots.csv --decimal x",
    "compute mse dots.csv --delimiter xx",
    "compute mse bare.csv",
    "compute mse escaped.csv",
    "compute mse text.FORMAT --pred value --by name:10",
    "compute mse others.FORMAT theirs.FORMAT --join id --on-duplicate same",
    "compute nll three.npy classes.npy",
    "compute ce square.npy eyes.npy",
    "compute perplexity logprobs.npy --count counts.npy",
    "compute mase forecast.FORMAT --history past.FORMAT::value",
    "compute mean_quantile_loss levels.FORMAT --pred q0.1,q0.9 --label label --quantile 0.9,0.1",
    "compute crps levels.FORMAT --pred 'q*' --label label",
    "gate report.json",
    "gate report.json --baseline none.json --margin 1%",
]
FILLED_IN = (  # what no message can know, as it is about no file: a word in capitals stands for it
    "--join KEY", "--max LOSS=VALUE", "--baseline REPORT",
)  # fmt: skip
# texts that name an option and are not typed here, and why
ELSEWHERE = {
    "Leave out --mask, --ignore-label, weights of elements, and what is said of columns.": "names all that it may be",
    "Probabilities are --input probs, scores before softmax --input logits.": "losscli.loss called on arrays",
    "The predictions are {}, which was read as {}; --layout {} reads {}.": "of a pipe, whose rows are not known",
    "Name them in order with --classes.": "a class without a column: only people know what it is",
    "Give the order of the classes with --classes a,b,c.": "the words of the file take its place",
    "--classes a,b,c gives the order of the classes.": "the columns of the file take its place",
    "{}Say --stack where they are one mask, or --no-stack where each row is one.": "Python: test_stack.py",
    "With --stack each file is a row, and both need the same ones.": "folders: says what is wrong",
    "Leave out --stack: each row of a table is a row.": "Python: test_stack.py",
    "Leave out --cluster.": "losses over batches: test_batches.py",
    "Save them in a file, one a row or one an element, and say --weights FILE.": "a call beside a pipe",
    " Give --where once for each condition; all of them must hold.": "only people know what they meant",
    "Name it with --history SPEC, or leave out --{}.": "only people know where the history is",
    "Name it: --history {}::COLUMN.": "only people know which column is the history",
    "Say which name the series: --series COLUMNS.": "only people know which of them name the series",
    "The scales are said twice, by --scale and by --history.": "says what is wrong",
    "Leave such rows out of the file, or give scales of your own with --scale.": "a gap in a history",
    "Set TMPDIR to a folder with more room, or allow more with --max-memory.": "a full disk",
    "With --where the data are read twice, and standard input can be read only once.": "a pipe: says what is wrong",
}


def test_every_hint_of_the_source_is_in_the_table(cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A text of the source that says to type an option is one that a command of the table brings."""
    _save(tmp_path)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "report.json").write_text(cli("compute", "mse", "p.npy", "y.npy", "--json").out, encoding="utf-8")
    ran = (cli(*shlex.split(command.replace("FORMAT", kind))) for command in MISTAKES for kind in ("csv", "parquet"))
    said = "\n".join(each.err for each in ran)
    hints = list(hint_sources.hints())
    assert len(hints) > 40
    missing = {text: file for file, text in hints if not hint_sources.pattern_of(text).search(said)}
    assert {text: file for text, file in missing.items() if text not in ELSEWHERE} == {}
    assert ELSEWHERE.keys() == missing.keys()


def _save(folder: Path) -> None:
    for name, array in ARRAYS.items():
        np.save(folder / name, array)
    np.save(folder / "p2.npy", np.array(P[::-1]))
    for name, columns in TABLES.items():
        table = pa.table(columns)
        parquet.write_table(table, folder / f"{name}.parquet")
        feather.write_feather(table, str(folder / f"{name}.arrow"))
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            rows = zip(*columns.values(), strict=True)
            csv.writer(file).writerows([columns, *(["" if cell is None else cell for cell in row] for row in rows)])
    for name, text in TEXTS.items():
        (folder / name).write_text(text, encoding="utf-8")


def _commands(command: str, message: str) -> list[list[str]]:
    """The command as each hint of the message changes it."""
    words = shlex.split(command)
    ways = []
    for match in OPTION.finditer(message):
        option, *value = shlex.split(match[0]) if match[0].split()[0] not in FLAGS else [match[0].split()[0]]
        rest = list(words)
        if option in rest and message[: match.start()].endswith("eave out "):
            at = rest.index(option)
            ways.append(rest[:at] + rest[at + (1 if option in FLAGS else 2) :])
            continue
        if (
            match[0] in FILLED_IN
            or (option in words and not value)
            or (option not in FLAGS and (not value or value[0] in VERBS))
        ):
            continue
        if option in rest:
            if value and rest[rest.index(option) + 1] == value[0]:
                continue  # the message quotes what was typed
            del rest[rest.index(option) : rest.index(option) + 2]
        if value or option in FLAGS:
            ways.append([*rest, option, *value])
    return ways


@pytest.mark.parametrize("format_", ["csv", "parquet", "arrow"])
@pytest.mark.parametrize("command", MISTAKES)
def test_the_command_of_a_hint_works(
    command: str, format_: str, cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "FORMAT" not in command and format_ != "csv":
        pytest.skip("no table")
    _save(tmp_path)
    monkeypatch.chdir(tmp_path)
    if "report" in command:
        (tmp_path / "report.json").write_text(cli("compute", "mse", "p.npy", "y.npy", "--json").out, encoding="utf-8")
    command = command.replace("FORMAT", format_)
    ran = cli(*shlex.split(command))
    message = ran.err
    if not command.startswith(("compute mse ours", "batch")) or ran.code:
        assert ran.code in (2, 3, 4), message
    assert not re.search(r"--\w+ (?:COLUMN|SPEC|a,b,c|A,B)\b", message), message
    _lead_to_a_number(cli, command, message)


def _lead_to_a_number(cli: Any, command: str, message: str, questions: int = 3) -> None:
    """Every command of a message works, or is asked something more: what predictions are, once they are named."""
    ways = _commands(command, message)
    assert ways or any(word in message for word in FILLED_IN) or "softmax_cross_entropy" in message, message
    for words in ways:
        again = cli(*words)
        if again.code in (2, 3) and questions and "softmax_cross_entropy" not in message:
            _lead_to_a_number(cli, shlex.join(words), again.err, questions - 1)
            continue
        assert again.code in (0, 1), f"{message}\n{shlex.join(words)}\n{again.err}"


@pytest.mark.parametrize(
    "command",
    [
        "inspect logthree.npy classes.npy --loss ce --input probs",
        "inspect three.npy classes.npy --loss ce",
        "inspect p60.csv y60.csv --loss bce",
        "inspect p60.csv y50.csv --loss bce",
    ],
)
def test_the_command_that_inspect_gives_works(
    command: str, cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _save(tmp_path)
    scores = RNG.normal(size=60) * 4
    lines = [f"{row},{score}\n" for row, score in enumerate(scores)]
    labels = [f"{row},{int(score > 0)}\n" for row, score in enumerate(scores)]
    (tmp_path / "p60.csv").write_text("id,score\n" + "".join(lines), encoding="utf-8")
    (tmp_path / "y60.csv").write_text("id,label\n" + "".join(labels[7:] + labels[:7]), encoding="utf-8")
    (tmp_path / "y50.csv").write_text("id,label\n" + "".join(labels[5:55]), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    alarms = json.loads(cli(*shlex.split(command), "--format", "json").out)["alarms"]
    assert alarms
    for alarm in alarms:
        at = alarm["mend"].find("losscli ")
        if at >= 0:
            words = shlex.split(alarm["mend"][at:])[1:]
            again = cli(*words)
            if "--join" in words and again.code == 3:
                again = cli(*words, "--on-missing", "drop")
            assert again.code == 0, f"{alarm}\n{again.err}"
