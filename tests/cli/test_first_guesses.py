"""What people type from habit works, or is answered with what to type."""

from __future__ import annotations

import csv
import json
import shlex
from typing import Any

import pytest
from cli_words import LABEL, PRED

from losscli.api.options.table import of_command
from losscli.cli.program import COMMANDS
from losscli.core import registry
from losscli.core.declarations.conventions import FRAMEWORKS
from losscli.core.suggestions import other_names, scores

P, Y = shlex.quote(PRED), shlex.quote(LABEL)


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("focal p.npy l.npy", "focal is a loss, and not a command. Write losscli compute focal p.npy l.npy."),
        ("bce", "bce is a loss, and not a command. Write losscli compute bce PREDICTIONS LABELS."),
        ("p.npy l.npy", "p.npy stands where a command should. Write losscli compute LOSS p.npy l.npy."),
        ("evaluate mse p.npy l.npy", "There is no command 'evaluate'. Write losscli compute mse p.npy l.npy."),
        ("explain 'a b'", "There is no command 'explain'. Write losscli reconcile 'a b'."),
        ("version", "There is no command 'version'. Write losscli --version."),
        ("--loss mse p l", "No such option --loss. Write losscli compute mse p l."),
        ("compute -l mse p l", "No such option -l. Write losscli compute mse p l."),
        ("compute --gamma 2 focal p l", "No such option --gamma. Write losscli compute focal --gamma 2 p l."),
        ("compute --gamma 2 p l", "Options stand after the loss: losscli compute LOSS --gamma ..."),
        ("compute mse p l --ignore-nan", "Write losscli compute mse p l --drop-missing."),
        ("compute mse p l --skipna", "Write losscli compute mse p l --drop-missing."),
        ("compute mse p l --worst-rows 5", "Write losscli compute mse p l --worst 5."),
        ("compute mse p l --y-true y", "Write losscli compute mse p l --label y."),
        ("batch p --y-true y -l mse", "Write losscli batch p --label y -l mse."),
        ("batch p --n-jobs 2 -l mse", "Write losscli batch p --jobs 2 -l mse."),
        ("compute mse p l --n-jobs 2", "Write losscli compute mse p l --threads 2."),
        ("compute mse p l --resume", "It is an option of losscli batch."),
        ("compare a b c --alpha 0.05 -l mse", "Write losscli compare a b c --confidence 95 -l mse."),
        ("compute bce p l --from-logits", "Write losscli compute bce p l --input logits."),
        ("compute mse p l --precision 4", "Write --digits 4 for that many digits."),
        ("compute bce p l --input probabilities", "Write losscli compute bce p l --input probs."),
        ("compute bce p l --reduction average", "Write losscli compute bce p l --reduction mean."),
        (f"compute mse {P} {Y} mae", f"Write losscli batch {P} --labels {Y} -l mse -l mae."),
        (f"compute mse {P} {P} {Y}", f"To compare two models, write losscli compare {P} {P} {Y} -l mse."),
        (f"compute mse {P} {Y} x y", "Got unexpected extra arguments (x y)"),
        (f"compute pinball {P} {Y} -q 0.9", "-q leaves out the notes and takes no value. Write --quantile 0.9."),
        (f"compute mse {P} {Y} --plot", "Write --report html=FILE."),
        (f"compute mse --file {P}", f"Write losscli compute mse {P}."),
        (f"compute mse {P} {Y} -o json", "Write --format json, or -o ./json for a file of that name."),
        (f"batch {P} --labels {Y} -l mse -o junit", "Write --report junit=FILE, or -o ./junit for"),
        (f"compute {P} mse --ci 95", f"Write losscli compute mse {P} --ci 95."),
        (f"inspect {P} {Y} mse", f"mse is a loss. Write losscli inspect {P} {Y} -l mse."),
        (f"gate {P} {Y}", f"Write losscli gate {P} --baseline {Y}."),
        (f"batch {P} --labels {Y} -l mse --reverse", "Write --sort value, which puts the best first: the lowest"),
        (f"compute mse {P} {Y} -o page.html", "-o does not write pages. Write --report html=page.html."),
        (f"compute mse {P} {Y} --report page.html", "Write --report html=page.html."),
        ("compute log_loss p y --fillna 0", "losscli fills no gaps; --drop-missing leaves out the rows"),
        ("join a.csv b.csv", "Write losscli compute LOSS a.csv b.csv --join KEY."),
        ("compare a.json b.json", "write losscli gate b.json --baseline a.json."),
        ("show", "Write losscli show focal, or take a name from losscli list."),
        ("compute accuracy p l", "it is a score and not a loss. zero_one is 1 - accuracy."),
        ("roc-auc p l", "log_loss and brier judge the same probabilities."),
        ("log_los p l", "Did you mean the loss log_loss? Write losscli compute log_loss p l."),
        ("hubr", "Did you mean the loss huber? Write losscli compute huber PREDICTIONS LABELS."),
        ("list auc", "It needs the order of all rows"),
        (f"compute f2 {P} {Y}", f"Write losscli compute f_score --beta 2 {P} {Y}."),
        (f"compute macro-f1 {P} {Y}", f"Write losscli compute f_score --average macro {P} {Y}."),
        (f"compute balanced_accuracy {P} {Y}", f"Write losscli compute balanced_error {P} {Y}."),
        (f"compute top_5_accuracy {P} {Y}", f"Write losscli compute top_k_error --k 5 {P} {Y}."),
        ("batch p l -l dice_score", "dice is 1 - F1 of predictions and labels of 0 and 1, with --pool batch"),
    ],
)  # fmt: skip
def test_a_first_guess_is_answered_with_what_to_type(cli: Any, typed: str, answer: str) -> None:
    code, out, err = cli(*shlex.split(typed))
    assert (code, out) == (2, "")
    assert answer in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("typed", "meant"), [("help", "--help"), ("help batch", "batch --help"), ("help bce", "compute bce --help")]
)
def test_help_is_a_word_too(cli: Any, typed: str, meant: str) -> None:
    ran = cli(*typed.split())
    assert (ran.code, ran.out) == (0, cli(*meant.split()).out)


def test_what_is_said_to_be_typed_exists() -> None:
    options = {f"--{option.key}" for command in COMMANDS for option in of_command(command)} | {"-l", "-o", "-q", "-v"}
    params = {f"--{param.name.replace('_', '-')}" for loss in registry.everything().values() for param in loss.params}
    coming = {"--by", "--help-all"}
    for word, instead in other_names.OPTIONS.items():
        for each in instead:
            assert each.partition(" ")[0] in options | params | coming, word
    assert set(other_names.COMMANDS) == set(COMMANDS)
    for option, words in other_names.VALUES.items():
        types = [each.type for command in ("compute", "batch") for each in of_command(command) if each.name == option]
        choices = {choice for each in types for choice in (*each.choices(), *each.other_words)} | (
            set(FRAMEWORKS) if option == "like" else set()
        )
        assert set(words.values()) <= choices
        assert not choices & set(words)


def test_no_word_of_a_score_or_a_command_is_a_loss() -> None:
    names = {spelling for name, made in registry.everything().items() for spelling in (name, *made.aliases)}
    assert not names & {*scores.SETTINGS, *(name for score in scores.SCORES for name in score.names)}
    assert not set(other_names.COMMAND_OF) & set(COMMANDS)


# -- the name that was typed --------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["plain", "table", "markdown"])
def test_the_name_that_was_typed_stands_beside_the_loss(cli: Any, form: str) -> None:
    code, out, err = cli("compute", "mean-squared-error", PRED, LABEL, "--format", form)
    assert (code, err) == (0, "")
    assert "mse (mean_squared_error)" in out
    assert "mse (" not in cli("compute", "mse", PRED, LABEL, "--format", form).out


def test_the_name_that_was_typed_stands_in_documents_batches_and_comparisons(cli: Any, tmp_path: Any) -> None:
    import numpy as np

    import losscli

    (result,) = json.loads(cli("compute", "mean_squared_error", PRED, LABEL, "--json").out)["results"]
    assert (result["loss"], result["alias"]) == ("mse", "mean_squared_error")
    assert "mse (mean_squared_error)" in cli("batch", PRED, "--labels", LABEL, "-l", "mean_squared_error",
                                             "--format", "plain").out  # fmt: skip
    np.save(tmp_path / "other.npy", np.load(PRED) + 1.0)
    other = str(tmp_path / "other.npy")
    assert "mse (mean_squared_error)" in cli("compare", PRED, other, LABEL, "-l", "mean_squared_error").out
    assert losscli.compute("mean_squared_error", [1.0], [2.0]).alias == "mean_squared_error"
    assert losscli.compute("mse", [1.0], [2.0]).alias == ""


# -- help ------------------------------------------------------------------------------------------------------


def test_help_comes_in_the_order_of_need_and_folds_what_few_need(cli: Any) -> None:
    said = cli("compute", "focal", "--help").out
    places = [said.index(each) for each in ("Example: ", "Inputs:", "Parameters of the loss:", "Data:", "The number:")]
    assert places == sorted(places)
    assert "--alpha-form" not in said
    assert "--help-all" in said
    everything = cli("compute", "focal", "--help-all")
    assert (everything.code, "--alpha-form" in everything.out) == (0, True)
    assert "--alpha-form" not in cli("show", "focal").out
    assert "--alpha-form" in cli("show", "focal", "--help-all").out


def test_the_help_of_compute_lists_families_aliases_and_common_options(cli: Any) -> None:
    said = cli("compute", "--help").out
    for each in registry.everything().values():
        assert f"Losses: {each.family}:" in said
        assert f"  {each.name} " in said
    assert "binary_crossentropy" in said
    for option in ("--pred", "--label", "--input", "--weight", "--like"):
        assert f"{option} " in said


def test_reports_for_machines_say_the_name_that_was_typed(cli: Any, tmp_path: Any) -> None:
    junit, rows = tmp_path / "r.xml", tmp_path / "r.csv"
    reports = ("--report", f"junit={junit}", "--report", f"csv={rows}", "--report", f"github={tmp_path / 'r.md'}")
    ran = cli("compute", "mean_squared_error", PRED, LABEL, "--max", "1", *reports)
    assert ran.code == 1
    assert '<property name="alias" value="mean_squared_error"/>' in junit.read_text(encoding="utf-8")
    assert "title=mse (mean_squared_error)%3A mse <= 1" in ran.err
    (row,) = csv.DictReader(rows.read_text(encoding="utf-8").splitlines())
    assert (row["loss"], row["alias"]) == ("mse", "mean_squared_error")
    cli("compute", "mse", PRED, LABEL, "--report", f"csv={rows}", "--report", f"junit={junit}")
    (row,) = csv.DictReader(rows.read_text(encoding="utf-8").splitlines())
    assert row["alias"] == ""
    assert "alias" not in junit.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        (f"compute mse,mae {P} {Y}", f"Write losscli batch {P} --labels {Y} -l mse -l mae."),
        (f"compute mse mae {P} {Y}", f"Write losscli batch {P} --labels {Y} -l mse -l mae."),
        ("compute bce:input=probs p.npy y.npy", "Write losscli compute bce --input probs p.npy y.npy."),
        ("compute focal:gamma=2,alpha=0.5 p y", "Write losscli compute focal --gamma 2 --alpha 0.5 p y."),
        (f"compare {P} {P} {Y}", f"Write losscli compare {P} {P} {Y} -l mse."),
        (f"compare mae {P} {P} {Y}", f"Write losscli compare {P} {P} {Y} -l mae."),
        ("compute mse", "Write losscli compute mse PREDICTIONS LABELS."),
        (f"compute mse {P} {Y} --ci", "Write --ci 95."),
        (f"compute mse {P} {Y} --bootstrap", "Write --bootstrap B."),
        ("gate report.json --max 0.3", "Write --max LOSS=0.3, such as mse=0.3."),
        (f"compute pinball {P} {Y} --alpha 0.9", f"Write losscli compute pinball {P} {Y} --quantile 0.9."),
        (f"compute mse {P} {Y} --alpha 0.9", f"Write losscli compute mse {P} {Y} --ci 90."),
        (f"compute mse {P} {Y} --group-by sex", f"Write losscli compute mse {P} {Y} --by sex."),
    ],
)
def test_what_is_missing_or_said_elsewhere_is_answered_too(cli: Any, typed: str, answer: str) -> None:
    code, out, err = cli(*shlex.split(typed))
    assert (code, out) == (2, "")
    assert answer in err
