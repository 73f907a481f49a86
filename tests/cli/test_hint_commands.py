"""Every hint of the source that names an option is brought by a command of a table, and what it leads to works."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import hint_sources
import pytest
from hint_commands import commands, save_more
from hint_files import save
from test_hints import MISTAKES

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
    "Name it with --history SPEC, or leave out --{}.": "only people know where the history is",
    "Name it: --history {}::COLUMN.": "only people know which column is the history",
    "Say which name the series: --series COLUMNS.": "only people know which of them name the series",
    "Leave such rows out of the file, or give scales of your own with --scale.": "a gap in a history",
    "The classes are on the last axis of the predictions; --layout says which of the others holds "
    "the steps.": "only people know the axes: test_ctc.py",
    "Set TMPDIR to a folder with more room, or allow more with --max-memory.": "a full disk",
    "With --where the data are read twice, and standard input can be read only once.": "a pipe: says what is wrong",
    "Compute it again with --per-sample FILE, each report's rows "
    "in a file of their own": "a file of rows that was written over: test_gate_row_files.py",
    "{} kept no rows; compute both with --per-sample FILE": "says why a gate is not sure: test_gate_rows.py",
    "{}: {} no interval, since a single row, or a few that carry nearly all of the weight or the spread, "
    "do not tell by how much others may differ. Such a group is inconclusive; --min-n leaves out groups "
    "of fewer rows.": "test_compared_groups.py",
    "{}: no group can be called improved or worse, since {} resamples give no p-value below {}, which is "
    "above {} once adjusted for {} tests. Use --resamples {}.": "test_compared_groups.py",
    "--on-inconclusive fail or --max-rise": "a part of a sentence: test_gate.py",
    "Leave out --reduction.": "Python: test_why.py",
    "Leave out --by.": "the reduction of a call: Python",
    "Name reports of fewer results, or write --report html=page.html when "
    "they are computed.": "more results than a page holds",
    "Name fewer columns, or say --depth {}.": "more columns than can be searched: test_slices.py",
    "A list that NUL ends is read by --files0-from.": "standard input: test_batch_sources.py",
    "losscli compute names the first such row; --where or --nan omit "
    "leaves rows out.": "sides of other rows: test_why.py",
    "Give fewer --jobs, or a smaller --max-memory.": "more processes than memory holds",
    "Give --baseline REPORT.": "options that need one: test_gate.py",
    "Name another file with --config.": "a pyproject.toml: test_config_mistakes.py",
    "Type --reduction mean for its number, or leave out --like for a "
    "sum.": "a sum that a framework does not add up: test_like_calls.py",
    "Leave out --precision.": "a loss of another package",
    "Leave out --{}; or leave out --like, for the loss that takes it along the classes.": "test_like_shapes.py",
    "Give a list of one value a class to --{}, and say the axis with "
    "--class-axis.": "a call with an array: test_weights_in_calls.py",
    "Leave out --{}, or compute one column at a time with --pred and --label.": "test_columns_and_classes.py",
    "Save the arrays as the call takes them, or use --shift.": "a call with slices: test_calls.py",
    "Leave out the executor, or say with --batch-size N how many rows a batch has.": "Python: test_batches.py",
    "Say how many rows a batch has with --batch-size N, or name the column that tells with --batch "
    "COLUMN.": "test_batches.py",
    "{}; or read {} anew, with --header no.": "an alarm of inspect: test_inspection.py",
    "Try --distance euclidean or --normalize.": "embeddings beyond the range of floats",
    "Give a longer history, a shorter --season, or scales of your own with --scale.": "losscli.loss called on arrays",
    "--scale gives the scales, so --history, --season and --series have no "
    "part in them.": "losscli.loss called on arrays",
    "Leave out --scale, or the others.": "losscli.loss called on arrays",
    "--series goes with a --history that has a column of the same name.": "losscli.loss called on arrays",
    "A series that never changes has no scale: leave it out, or give it "
    "one of its own with --scale.": "losscli.loss called on arrays",
    "Name several columns with --pred 'member_*', or take --estimator plain.": "losscli.loss called on arrays",
    "Name several columns with --pred 'member_*'.": "losscli.loss called on arrays",
    "Leave out --resume.": "a pipe for a journal: test_batch_resume.py",
    "And {}, which are counted in the last line: --top N shows so many, "
    "and --json has all.": "no mistake: more groups than a listing shows",
    "the exponentials of row {} (from 0) do not sum to one. Scores before softmax are --input logits.": "test_notes.py",
    "these logits look like probabilities: all are within [0, 1]. Probabilities are --input probs.": "test_notes.py",
    "these logits look like probabilities: each row sums to one, so this is a softmax of a softmax. Probabilities are "
    "--input probs.": "test_notes.py",
    ": name what belongs together with --cluster, {}": "only people know what belongs together",
    "Leave out --test or --bootstrap, which draw the rows again.": "weights of more rows than can be drawn",
    "use --resamples {}": "test_resampling.py",
    "Is it --input probs or --input scores?": "thousands of classes",
    " Give --where once for each condition; all of them must hold.": "only people know what they meant",
    "Write --ci 95.": "test_first_guesses.py",
    "Write --report html={}.": "test_first_guesses.py",
    "Write --sort value, which puts the best first: the lowest of a loss, and the highest of "
    "r2.": "test_first_guesses.py",
    "Run the losscli {} that wrote it once more, with --json -o again.json, and compare the two documents: the same "
    "files and settings make the same one, but for elapsed_s.": "a document of another kind: test_verify_documents.py",
}


@pytest.fixture
def files(cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with the files of the tables."""
    save(tmp_path)
    monkeypatch.chdir(tmp_path)
    save_more(tmp_path, cli)
    return tmp_path


def test_every_hint_of_the_source_is_in_a_table(cli: Any, files: Path) -> None:
    """A text of the source that says to type an option is one that a command of a table brings."""
    ran = [cli(*shlex.split(command.replace("FORMAT", "csv"))) for command in MISTAKES]
    ran += [cli(*mistake.split()) for mistake, _ in commands()]
    said = {text for each in ran for text in (each.err, each.out)}
    hints = list(hint_sources.hints())
    assert len(hints) > 100
    missing = {text: file for file, text in hints if not any(hint_sources.stands_in(text, each) for each in said)}
    assert {text: file for text, file in missing.items() if text not in ELSEWHERE} == {}
    assert ELSEWHERE.keys() == missing.keys()


def test_what_a_hint_leads_to_works(cli: Any, files: Path) -> None:
    """Each mistake is told, and each command that its hint makes of it gives a value or a verdict."""
    for mistake, ways in commands():
        ran = cli(*mistake.split())
        assert ran.code in (1, 2, 3, 5) or "note: " in ran.err, f"{mistake}\n{ran.code} {ran.err}"
        for way in ways:
            again = cli(*way.split())
            assert again.code in (0, 1), f"{mistake}\n{ran.err}\n{way}\n{again.err}"
