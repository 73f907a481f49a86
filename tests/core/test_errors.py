"""Problems: the sentence for people, the fields for other parts, and both through a pickle."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import losscli
from losscli.core.errors import BadValue, DataProblem, LossCliError, UsageProblem
from losscli.sources.joins.position_check import KeyMismatch

FIELDS = {
    "kind": "nan", "file": "p.csv", "column": "score", "row": 3, "options": ("nan",), "fix": "--nan drop", "place": "x",
}  # fmt: skip


@pytest.mark.parametrize("kind", [LossCliError, UsageProblem, DataProblem])
@pytest.mark.parametrize("again", [lambda each: pickle.loads(pickle.dumps(each)), copy.copy])
def test_a_problem_survives_a_pickle(kind: type[LossCliError], again: Any) -> None:
    for problem in (kind("It is wrong.", "Mend it.", **FIELDS), kind("It is wrong.")):
        back = again(problem)
        assert type(back) is kind
        assert (str(back), back.message, back.hint) == (str(problem), problem.message, problem.hint)
        assert back.fields == problem.fields
        assert back.exit_code == problem.exit_code


def test_a_bad_value_survives_a_pickle() -> None:
    bad = BadValue("pred", 7, "2 is outside [0, 1]", "Mend it.", 1, options=("input",))
    back = pickle.loads(pickle.dumps(bad))
    assert (str(back), vars(back)) == (str(bad), vars(bad))
    assert vars(bad.of_role("pred 1")) == {**vars(bad), "role": "pred 1"}


def test_a_place_is_put_before_the_sentence_and_the_fields_stay() -> None:
    placed = UsageProblem("gamma is wrong.", "See it.", kind="bad_parameter", options=("gamma",)).within(
        "suite, data 1"
    )
    assert str(placed) == "suite, data 1: gamma is wrong. See it."
    assert (placed.place, placed.kind, placed.options) == ("suite, data 1", "bad_parameter", ("gamma",))


def test_what_a_problem_concerns() -> None:
    problem = UsageProblem("No.", options=("max_memory",), column="target")
    assert problem.concerns("max-memory")
    assert problem.concerns("max_memory")
    assert problem.concerns("label", "target")
    assert not problem.concerns("label", "other")
    assert not UsageProblem("The words max-memory and nan say nothing here.").concerns("nan", "")


def raised(*given: Any, **options: Any) -> LossCliError:
    with pytest.raises(LossCliError) as caught:
        losscli.compute(*given, **options)
    return caught.value


def test_problems_say_where_they_are_as_data(tmp_path: Path) -> None:
    """Of real problems the fields: what is wrong, in which file, column and row, and what to type."""
    path = tmp_path / "rows.csv"
    path.write_text("pred,label\n1,1\n2,nan\n")
    problem = raised("mse", str(path))
    assert (problem.kind, problem.column, problem.row, problem.fix) == ("nan", "label", 1, "--nan drop")
    assert problem.file
    assert problem.file in str(problem)
    path.write_text("pred,label\n1,1\n2,\n")
    problem = raised("mse", str(path))
    assert (problem.kind, problem.column, problem.row, problem.fix) == ("no_value", "label", 1, "--missing drop")
    path.write_text("pred,label\n0.5,1\n1.5,0\n")
    problem = raised("bce", str(path), input="probs")
    assert (problem.kind, problem.column, problem.row, problem.options) == ("bad_value", "pred", 1, ("input",))
    path.write_text("pred,label\n")
    assert raised("mse", str(path)).kind == "no_rows"
    problem = raised("mse", str(path), label="target")
    assert (problem.kind, problem.column) == ("missing_column", "target")
    path.write_text("a,b,c\n1,2,3\n")
    problem = raised("mse", str(path))
    assert (problem.kind, problem.options, problem.fix) == ("missing_option", ("pred",), "--pred a")


@pytest.mark.parametrize(
    ("given", "options", "kind", "about"),
    [
        (("nonesuch", [1.0], [1.0]), {}, "unknown_loss", "loss"),
        (("mse", [1.0, 2.0], [1.0]), {}, "unpaired_lengths", ""),
        (("huber", [1.0], [1.0]), {"delta": -1}, "bad_parameter", "delta"),
        (("huber", [1.0], [1.0]), {"gamma": 1}, "unknown_parameter", "gamma"),
        (("mse", [1.0], [1.0]), {"like": "kers"}, "unknown_convention", "like"),
        (("l1", [1.0], [1.0]), {"like": "keras"}, "not_in_convention", "like"),
        (("mse", [1.0], [1.0]), {"denominator": "all"}, "bad_option", "denominator"),
        (("mse", [1.0]), {}, "missing_labels", "label"),
        (("mse", np.zeros((0,)), np.zeros((0,))), {}, "no_rows", ""),
    ],
)
def test_kinds(given: Any, options: dict[str, Any], kind: str, about: str) -> None:
    problem = raised(*given, **options)
    assert problem.kind == kind
    assert not about or problem.concerns(about)


def test_configuration_is_blamed_by_the_options_of_a_problem(cli: Any, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "rows.csv").write_text("pred,label\n1,1\n2,nan\n")
    (tmp_path / "losscli.toml").write_text('nan = "error"\nlabel = "label"\nthreads = 1\n')
    error = cli("compute", "mse", "rows.csv").err
    assert error.endswith("losscli.toml sets nan = error. losscli.toml sets label = label.\n")
    (tmp_path / "losscli.toml").write_text('label = "target"\n')
    assert cli("compute", "mse", "rows.csv").err.endswith("losscli.toml sets label = target.\n")
    assert "losscli.toml" not in cli("compute", "nonesuch", "rows.csv").err


def test_ids_that_differ_are_data_for_inspect(cli: Any, tmp_path: Path, monkeypatch: Any) -> None:
    """A name of two words is one word for the shell."""
    monkeypatch.chdir(tmp_path)
    for name, ids in (("a", range(40)), ("b", range(40, 80))):
        lines = [f"{i},{i % 7}.5" for i in ids]
        (tmp_path / f"{name}.csv").write_text("\n".join(["row id,v", *lines]).replace("row id", "row_id") + "\n")
    alarms = losscli.inspect("a.csv", "b.csv", pred="v", label="v").alarms
    (alarm,) = [each for each in alarms if each.id == "ids-differ"]
    assert alarm.evidence.endswith("are paired by position, but column row_id differs in row 0 (from 0).")
    assert alarm.mend.endswith(" --join row_id")
    note = KeyMismatch("a", "b", "id", 2).note
    assert note == "a and b are paired by position, but column id differs in row 2 (from 0). --join id pairs by key."
