"""Losses of other packages: a real one installed by pip, and broken ones, which are named and skipped."""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from conftest import Ran, environment
from installed_plugin import EXAMPLE, environment_with_example, install

import losscli
from losscli.core import registry
from losscli.report.schemas import text as schema_text

SKIPPED = "is skipped"


def declared(name: str = "doubled", aliases: str = "()", variable: str = "made", summary: str = "Twice.") -> str:
    """The source of a module that declares a loss."""
    return f"""
from losscli.declare import Paper, loss

@loss("{name}", aliases={aliases}, pred=("values",), label=("values",), formula="2", source=Paper("a test"))
def {variable}(pred, label):
    \"\"\"{summary}\"\"\"
    return 2 * abs(pred - label)
"""


# -- the example, installed by pip ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return environment_with_example(tmp_path_factory.mktemp("plugin"))


@pytest.fixture
def run(python: Path, tmp_path: Path) -> Callable[..., Ran]:
    np.save(tmp_path / "p.npy", np.array([1.0, 2.0, 4.0]))
    np.save(tmp_path / "y.npy", np.array([2.0, 1.0, 4.0]))

    def run(*words: str) -> Ran:
        start = [python, "-m", "losscli"] if words[0] != "-c" else [python]
        ended = subprocess.run(
            [*start, *words], cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=60
        )
        return Ran(ended.returncode, ended.stdout, ended.stderr)

    return run


def test_it_computes_by_every_name(run: Callable[..., Ran]) -> None:
    want = 2 * np.log(2) ** 2 / 3
    for name in ("log_ratio", "log-ratio", "q_loss", "squared_log_ratio"):
        ran = run("compute", name, "p.npy", "y.npy", "--format", "value")
        assert (ran.code, ran.err) == (0, "")
        assert float(ran.out) == pytest.approx(want, rel=1e-15)
    ran = run("compute", "log_ratio", "p.npy", "y.npy", "--cap", "0.1", "--json")
    document = json.loads(ran.out)
    jsonschema.validate(document, json.loads(schema_text("report")))
    assert document["results"][0]["value"] == pytest.approx(0.2 / 3, rel=1e-15)
    assert document["results"][0]["signature"].startswith("log_ratio|cap:0.1|")
    ran = run("batch", "p.npy", "--labels", "y.npy", "-l", "q_loss:cap=0.1", "-l", "mse", "--format", "jsonl")
    assert [json.loads(line)["loss"] for line in ran.out.splitlines()] == ["log_ratio", "mse"]
    ran = run("compute", "log_ratio", "p.npy", "y.npy", "--like", "paper", "--format", "value")
    assert float(ran.out) == pytest.approx(want, rel=1e-15)


def test_its_mistakes_have_sentences(run: Callable[..., Ran]) -> None:
    ran = run("compute", "log_ratio", "p.npy", "y.npy", "--cap", "0")
    assert (ran.code, ran.err) == (2, "losscli: cap must be a number in (0, inf), got 0.\n")
    ran = run("compute", "log_rati", "p.npy", "y.npy")
    assert (ran.code, ran.err) == (2, "losscli: There is no loss 'log_rati'. Did you mean log_ratio?\n")
    np.save(Path(run("-c", "import os; print(os.getcwd())").out.strip()) / "y.npy", np.array([2.0, 0.0, 4.0]))
    ran = run("compute", "log_ratio", "p.npy", "y.npy")
    assert ran.code == 3
    assert "label has 0, which has no logarithm" in ran.err
    assert "row 1" in ran.err


def test_help_list_and_page_know_it(run: Callable[..., Ran]) -> None:
    text = " ".join(run("compute", "log_ratio", "--help").out.split())
    assert "--cap NUMBER" in text
    assert "the most that a row costs" in text
    page = run("show", "log_ratio").out
    for piece in ("min(ln(pred / label)^2, cap)", "Tofallis 2015", "--like paper", "losscli-logratio 0.1.0"):
        assert piece in page
    listed = run("list").out
    (line,) = [line for line in listed.splitlines() if line.startswith("  log_ratio ")]
    assert line.endswith("(plugin: losscli-logratio 0.1.0)")
    assert listed.count("(plugin:") == 1
    entries = {each["name"]: each for each in json.loads(run("list", "--json").out)}
    assert entries["log_ratio"]["plugin"] == "losscli-logratio 0.1.0"
    assert entries["mse"]["plugin"] is None


def test_python_and_worker_processes_know_it(run: Callable[..., Ran]) -> None:
    code = "import losscli, pickle; l = losscli.loss('q_loss'); print(l([2.0], [1.0], cap=0.25), "
    code += "losscli.compute(l, [2.0], [1.0]).loss, pickle.loads(pickle.dumps(l)) is l, "
    code += "'log_ratio' in losscli.available())"
    assert run("-c", code).out == "[0.25] log_ratio True True\n"
    ran = run("batch", "p.npy", "y.npy", "--labels", "y.npy", "-l", "log_ratio", "--jobs", "2", "--format", "jsonl")
    assert (ran.code, ran.out.count('"loss":"log_ratio"') + ran.out.count('"loss": "log_ratio"')) == (0, 2)


def test_its_own_test_holds_it_to_the_laws(python: Path) -> None:
    words = ["-m", "pytest", "-p", "no:cacheprovider", "-q", "-n", "0", "-c", "/dev/null", "--rootdir", "."]
    ended = subprocess.run(
        [python, *words, "tests"], cwd=EXAMPLE, env=environment(), capture_output=True, text=True, timeout=100
    )
    assert "1 passed" in ended.stdout, ended.stdout + ended.stderr


# -- broken ones, and names that are taken ----------------------------------------------------------------


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of installed packages, there for one test."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    registry.plugins.cache_clear()
    before = set(sys.modules)
    yield folder
    for name in set(sys.modules) - before:
        if name.startswith("plug_"):
            del sys.modules[name]
    registry.plugins.cache_clear()


def two_files(folder: Path) -> tuple[Path, Path]:
    """Predictions and labels that are 1 apart."""
    for name, value in (("p", 1.0), ("y", 2.0)):
        np.save(folder / f"{name}.npy", np.array([value]))
    return folder / "p.npy", folder / "y.npy"


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("raise ValueError('no luck')", "ValueError: no luck"),
        ("import no_such_package", "ModuleNotFoundError: No module named 'no_such_package'"),
        ("raise SystemExit(5)", "SystemExit: 5"),
        ("raise GeneratorExit", "GeneratorExit"),
        ("class Odd(BaseException):\n    def __str__(self): raise TypeError\nraise Odd", "Odd"),
        ("raise RuntimeError('two\\nlines \\x1b[31m.')", "RuntimeError: two lines \\x1b[31m"),
        ("def made(:", "SyntaxError: invalid syntax (plug_bad.py, line 1)"),
        ("made = 5", "TypeError: plug_bad:made is int, and not a loss that @loss made"),
        ("", "AttributeError: module 'plug_bad' has no attribute 'made'"),
        (declared("Bad"), "ValueError: the name of its loss, 'Bad', is not made of small letters, digits and _"),
        (declared(aliases="(1,)"), "TypeError: the aliases of doubled are not all texts"),
        (declared().replace('"values",)', '"nonsense",)', 1), "TypeError: doubled: unknown input kind 'nonsense'"),
        (declared("mse"), "mse is already the name of a loss of losscli itself"),
        (declared("l1_loss"), "l1_loss is already the name of a loss of losscli itself"),
    ],
)  # fmt: skip
def test_a_broken_plugin_is_named_and_skipped(cli: Any, site: Path, source: str, why: str) -> None:
    install(site, "bad-luck", {"broken": "plug_bad:made"}, plug_bad=source)
    install(site, "good-luck", {"doubled": "plug_good:made"}, plug_good=declared())
    note = f"losscli: note: plugin broken of bad-luck 1.0 is skipped: {why}.\n"
    ran = cli("list")
    assert (ran.code, ran.err) == (0, note)
    assert "(plugin: good-luck 1.0)" in ran.out
    files = two_files(site)
    ran = cli("compute", "doubled", *files, "--format", "value")
    assert (ran.code, ran.out, ran.err) == (0, "2.0\n", note)
    assert cli("compute", "doubled", *files, "--format", "value", "-q").err == ""
    ran = cli("compute", "broken", *files)
    assert ran.code == 2
    assert f"There is no loss 'broken': plugin broken of bad-luck 1.0 is skipped: {why}." in ran.err


def test_names_that_others_have_are_left_out_and_said(cli: Any, site: Path) -> None:
    install(site, "first", {"a": "plug_a:made"}, plug_a=declared("alpha_loss", '("mae", "shared")'))
    install(site, "second", {"b": "plug_b:made"}, plug_b=declared("beta_loss", '("shared", "Own-Name")'))
    install(site, "third", {"c": "plug_c:made"}, plug_c=declared("alpha_loss"))
    notes = [line.removeprefix("losscli: note: ") for line in cli("list").err.splitlines()]
    assert notes == [
        "plugin a of first 1.0: its name mae is left out, which is already that of a loss of losscli itself.",
        "plugin b of second 1.0: its name shared is left out, which is already that of a loss of first.",
        "plugin c of third 1.0 is skipped: alpha_loss is already the name of a loss of first.",
    ]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        losses = losscli.available()
    assert [str(warning.message) for warning in caught] == [f"losscli: {note}" for note in notes]
    assert {"alpha_loss", "beta_loss"} <= losses.keys()
    assert losscli.loss("mae").name == "mae"
    assert losscli.loss("shared").name == "alpha_loss"
    assert losscli.loss("own-name").name == "beta_loss"


def test_a_bug_of_a_plugin_is_its_own(cli: Any, site: Path) -> None:
    source = declared().replace("return 2 *", "return pred.nonesuch + 2 *")
    install(site, "buggy", {"doubled": "plug_buggy:made"}, plug_buggy=source)
    ran = cli("compute", "doubled", *two_files(site))
    assert ran.code == 70
    assert "This is a bug in the plugin buggy 1.0: AttributeError: " in ran.err


def test_a_plugin_in_a_sum(cli: Any, site: Path) -> None:
    install(site, "good-luck", {"doubled": "plug_sum:made"}, plug_sum=declared())
    ran = cli("compute", "mse + 0.5 * doubled", *two_files(site), "--format", "value")
    assert (ran.code, ran.out) == (0, "2.0\n")


def test_what_a_plugin_prints_is_no_result(cli: Any, site: Path) -> None:
    install(site, "loud", {"doubled": "plug_loud:made"}, plug_loud="print('hello')\n" + declared())
    files = two_files(site)
    ran = cli("compute", "doubled", *files, "--format", "value")
    assert (ran.code, ran.out) == (0, "2.0\n")
    assert "hello" in ran.err


def test_nothing_is_loaded_from_the_current_folder(site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = tmp_path / "here"
    install(here, "lurking", {"doubled": "plug_lurking:made"}, plug_lurking="raise SystemExit('run')")
    monkeypatch.chdir(here)
    monkeypatch.syspath_prepend(here)
    assert registry.plugins().by_name == {}
    assert registry.plugins().notes == ()


def test_own_losses_never_look_for_others(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from losscli.core import plugins

    def refuse(own: Any) -> None:
        raise AssertionError("plugins were read")

    monkeypatch.setattr(plugins, "load", refuse)
    assert losscli.compute("mse", [1.0], [3.0]).value == 4.0
    assert losscli.loss("l1_loss").name == "mae"
