"""The commands that messages give: each is run, on the files of the mistake, and works.

A message is wrong in another way if its command needs a word to be filled in: what it names are this file's columns.
"""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from hint_files import RNG, save

FLAGS = ("--stack", "--no-stack")
OPTION = re.compile(r"--[a-z][a-z-]*(?: (?:'[^']*'|(?:[^\s;,.:)]|[.,:](?=[^\s]))+))?")

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
    save(tmp_path)
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
    save(tmp_path)
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
