"""A run option is declared once: whatever can say one follows from the table, and says the same of a wrong value."""

from __future__ import annotations

import inspect
import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import losscli
from losscli.api.options.option_types import Names, Words
from losscli.api.options.run_option import NUMBER, RunOption
from losscli.api.options.table import OPTIONS, of_function
from losscli.api.requests.request import Options, Request
from losscli.api.suites import suite
from losscli.cli.completing.candidates import candidates
from losscli.core.errors import LossCliError

MSE = ("compute", "mse", "diabetes/pred.npy", "diabetes/label.npy")
FUNCTIONS = ("compute", "compare", "slices", "sweep", "reconcile", "inspect")


@pytest.fixture
def configuration(cli: Any, tmp_path: Path) -> Callable[..., str]:
    """What the program says on stderr, of an option that a file sets."""

    def run(line: str) -> str:
        path = tmp_path / "losscli.toml"
        path.write_text(line, encoding="utf-8")
        return str(cli(*MSE, "--config", path).err).partition(": ")[2].strip()

    return run


def in_suite(line: str) -> suite.Suite:
    table = tomllib.loads(f'loss = "mse"\n[[data]]\npred = "p.npy"\n{line}')
    return suite.of_table(table, "s.toml", "", Request([], {}, Options("batch")))


def problem(call: Callable[[], object]) -> str:
    with pytest.raises(LossCliError) as raised:
        call()
    return str(raised.value)


def test_an_option_that_is_added_is_everywhere(
    cli: Any, configuration: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    flavour = RunOption(
        "flavour", Words(("sweet", "sour")), "How it tastes.", NUMBER, commands="compute batch", functions="compute",
        unset="none at all", suite="data", request="compute batch",
    )  # fmt: skip
    monkeypatch.setitem(OPTIONS, "flavour", flavour)
    sentence = "flavour must be one of sweet, sour, got sower. Did you mean sour?"

    text = " ".join(cli("compute", "mse", "--help").out.split())
    assert "--flavour [sweet|sour] How it tastes. [default: none at all]" in text
    assert "--flavour" not in cli("reconcile", "mse", "--help").out
    assert tuple(cli(*MSE, "--flavour", "sower")) == (2, "", f"losscli: {sentence}\n")
    document = json.loads(cli(*MSE, "--flavour", "sour", "--json").out)
    assert document["request"] == {"flavour": "sour"}

    assert problem(lambda: losscli.compute("mse", [1.0], [2.0], flavour="sower")) == sentence
    assert losscli.compute("mse", [1.0], [2.0], flavour="sour").value == 1.0
    assert "has no parameter" in problem(lambda: losscli.reconcile("mse", [1.0], [2.0], flavour="sour"))

    assert problem(lambda: in_suite("flavour = 'sower'")) == f"s.toml, data 1: {sentence}"
    assert in_suite("flavour = 'sour'").jobs[0].request.options.flavour == "sour"

    assert configuration("flavour = 'sour'") == ""
    assert configuration("[compute]\nflavour = 'sower'").endswith(f"losscli.toml, key compute.flavour: {sentence}")
    monkeypatch.setenv("LOSSCLI_FLAVOUR", "sower")
    assert cli(*MSE).err == f"losscli: LOSSCLI_FLAVOUR: {sentence}\n"
    monkeypatch.setenv("LOSSCLI_FLAVOUR", "sour")
    assert json.loads(cli(*MSE, "--json").out)["request"] == {"flavour": "sour"}
    monkeypatch.delenv("LOSSCLI_FLAVOUR")

    assert [each.value for each in candidates(["compute", "mse"], "--fla")] == ["--flavour"]
    assert [each.value for each in candidates(["compute", "mse", "--flavour"], "")] == ["sweet", "sour"]


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("nan", "remove", "one of error, omit, propagate"),
        ("missing", "remove", "one of error, omit, propagate"),
        ("on_missing", "leave", "one of error, drop"),
        ("precision", "half", "one of double, single"),
        ("denominator", "tokens", "one of weights, count, nonzero, elements, rows"),
        ("ci", 0, "a level of confidence, such as 95 or 0.95"),
        ("bootstrap", 5, "a whole number from 100 to 1000000"),
        ("threads", 0, "a whole number from 1"),
        ("max_memory", 0, "a size, such as 512M or 2G"),
    ],
)
def test_a_wrong_value_gets_one_sentence(
    cli: Any, configuration: Callable[..., str], monkeypatch: pytest.MonkeyPatch, name: str, value: Any, rule: str
) -> None:
    sentence = f"{name} must be {rule}, got {value}."
    option = OPTIONS[name]
    assert cli(*MSE, f"--{option.key}", value).err == f"losscli: {sentence}\n"
    assert problem(lambda: losscli.compute("mse", [1.0], [2.0], **{name: value})) == sentence
    assert f": {sentence}" in configuration(f"{name} = {json.dumps(value)}")
    monkeypatch.setenv(f"LOSSCLI_{name.upper()}", str(value))
    assert cli(*MSE).err.startswith(f"losscli: LOSSCLI_{name.upper()}: {sentence}")
    if option.suite == "data":
        assert problem(lambda: in_suite(f"{name} = {json.dumps(value)}")) == f"s.toml, data 1: {sentence}"


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_signature_has_the_keywords_of_the_table(function: str) -> None:
    """They are written out for editors; a new option is a line there too, and this test asks for it."""
    parameters = inspect.signature(getattr(losscli, function)).parameters.values()
    written = {each.name: each.default for each in parameters if each.kind is each.KEYWORD_ONLY and each.name != "loss"}
    assert written == {option.name: option.default for option in of_function(function)}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_docstring_tells_of_every_keyword(function: str) -> None:
    code = getattr(losscli, function)
    for name in inspect.signature(code).parameters:
        assert f"        {'**' if name == 'params' else ''}{name}: " in code.__doc__


def test_values_that_were_checked_stay_as_they_are() -> None:
    """A value meets its type on the command line, and again where the request is made."""
    for option in OPTIONS.values():
        for value in (*option.type.choices(), *(("a,b", ["a", "b"]) if isinstance(option.type, Names) else ())):
            once = option.type.parse(value) if isinstance(value, str) else option.type.check(value)
            assert option.type.check(once) == once
    for name, text, value in (
        ("ci", "95%", 0.95), ("ci", "0.5%", 0.005), ("confidence", "0.9", 0.9), ("threads", "3", 3),
        ("max_memory", "1.5KiB", 1536), ("margin", "0.5%", ("relative", 0.005)), ("margin", "2", ("absolute", 2.0)),
        ("expect", "0.10", "0.10"),
    ):  # fmt: skip
        assert OPTIONS[name].parse(text) == value
        assert OPTIONS[name].type.check(value) == value


def test_no_option_stands_in_two_places_of_a_suite() -> None:
    for keys in (suite.whole_keys(), suite.data_keys()):
        assert len(set(keys)) == len(keys)


def test_an_option_that_there_is_not() -> None:
    with pytest.raises(AttributeError, match="there is no run option 'nonesuch'"):
        Options().nonesuch  # noqa: B018
