"""Configuration: what is wrong in a file, and what a file may not say."""

# ruff: noqa: E501 - a sentence that is tested word for word stands on one line

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import click
import pytest
from config_files import FOCAL, MSE, VALUE, leaves, write

from losscli.cli.configuration import config_keys
from losscli.cli.params import ParameterType


@pytest.fixture
def here(cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository of one's own as the current folder, and no variables."""
    for name in [name for name in os.environ if name.startswith("LOSSCLI_")]:
        monkeypatch.delenv(name)
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


OTHERS = "Parameters of a loss stand in a table of its own, such as [compute.focal]."

# -- what is wrong --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('formt = "json"', "losscli.toml, key formt: there is no such option. Did you mean format?"),
        ("max_memry = 1", "losscli.toml, key max_memry: there is no such option. Did you mean max-memory?"),
        ("quux = 1", f"losscli.toml, key quux: there is no such option. {OTHERS}"),
        ("gamma = 1", f"losscli.toml, key gamma: there is no such option. {OTHERS}"),
        ("[compute]\ngamma = 1", f"losscli.toml, key compute.gamma: there is no such option. {OTHERS}"),
        ("[compute.focal]\ngama = 1", "losscli.toml, key compute.focal.gama: there is no such option. Did you mean gamma?"),
        ("[compute.focl]", "losscli.toml has a table compute.focl: there is no loss 'focl'. Did you mean focal?"),
        ("[comput]", "losscli.toml has a table comput, and there is no such command. Did you mean compute?"),
        ("[compute.focal]\ngamma = -1", "losscli.toml, key compute.focal.gamma: gamma must be a number in [0, inf), got -1."),
        ("[compute.focal]\ngamma = true", "losscli.toml, key compute.focal.gamma: gamma must be a number in [0, inf), got true."),
        ("[compute.focal]\ngamma = nan", "losscli.toml, key compute.focal.gamma: gamma must be a number in [0, inf), got nan."),
        ("[compute.focal]\ngamma = 1979-05-27", "losscli.toml, key compute.focal.gamma: gamma must be a text, a number, or true or false."),
        ("[compute.focal]\ngamma = [1, [2]]", "losscli.toml, key compute.focal.gamma: gamma must be a text, a number, or true or false."),
        ('[compute.focal]\nalpha = ["1,2"]', "losscli.toml, key compute.focal.alpha: alpha: a text with a comma cannot stand in a list."),
        ('threads = "two"', "losscli.toml, key threads: threads must be a whole number from 1, got two."),
        ("threads = 2.5", "losscli.toml, key threads: threads must be a whole number from 1, got 2.5."),
        ("threads = true", "losscli.toml, key threads: threads must be a whole number from 1, got true."),
        ("threads = 0", "losscli.toml, key threads: threads must be a whole number from 1, got 0."),
        ("max-memory = 0", "losscli.toml, key max-memory: max_memory must be a size, such as 512M or 2G, got 0."),
        ('quiet = "maybe"', "losscli.toml, key quiet: quiet must be true or false, got maybe."),
        ("quiet = 3", "losscli.toml, key quiet: quiet must be true or false, got 3."),
        ('nan = "remove"', "losscli.toml, key nan: nan must be one of error, omit, propagate, got remove. What is meant for one command stands in its table, such as [compute]."),
        ('like = "kers"', "There is no framework 'kers'. Did you mean keras? losscli.toml sets like = kers."),
        ("format = ", "losscli.toml is not TOML: invalid value (at end of document). Mend it, or use --config none."),
        ("compute = 1", f"losscli.toml, key compute: there is no such option. {OTHERS}"),
    ],
)  # fmt: skip
def test_mistakes(cli: Any, here: Path, text: str, sentence: str) -> None:
    write(here, text)
    assert tuple(cli(*FOCAL)) == (2, "", f"losscli: {sentence}\n")


def test_mistakes_in_a_pyproject_and_in_variables(cli: Any, here: Path, monkeypatch: Any) -> None:
    write(here, "[tool.losscli.compute.focal]\ngama = 1", "pyproject.toml")
    sentence = "pyproject.toml, key tool.losscli.compute.focal.gama: there is no such option. Did you mean gamma?"
    assert tuple(cli(*FOCAL)) == (2, "", f"losscli: {sentence}\n")
    monkeypatch.setenv("LOSSCLI_THREADS", "two")
    assert cli(*MSE).err == "losscli: LOSSCLI_THREADS: threads must be a whole number from 1, got two.\n"
    assert cli(*MSE, "--threads", "2").code == 0  # what is typed is asked first
    write(here, "[tool]\nlosscli = 1", "pyproject.toml")
    assert cli(*MSE).err == "losscli: pyproject.toml: tool.losscli must be a table. Write [tool.losscli].\n"


def test_a_variable_that_is_nearly_an_option_is_told(cli: Any, here: Path, monkeypatch: Any) -> None:
    for name in ("LOSSCLI_FORMT", "LOSSCLI_DEBUG", "LOSSCLI_VERSION", "LOSSCLI_REPORT", "LOSSCLI_OUTPUT"):
        monkeypatch.setenv(name, "json")
    told = "losscli: note: LOSSCLI_FORMT is no option here. Did you mean LOSSCLI_FORMAT?\n"
    assert tuple(cli(*MSE, "--format", "value")) == (0, VALUE, told)
    assert tuple(cli(*MSE, "--format", "value", "-q")) == (0, VALUE, "")


@pytest.mark.parametrize("content", [b"\xff = 1", b"a = " + b"[" * 5000, b"#" * (1 << 21), b"a = 1\na = 2", b"\0"])
def test_broken_files_are_a_sentence(cli: Any, here: Path, content: bytes) -> None:
    (here / "losscli.toml").write_bytes(content)
    ran = cli(*MSE)
    assert (ran.code, ran.out) == (2, "")
    assert re.fullmatch(r"losscli: losscli\.toml [^\n]+\.\n", ran.err), ran.err


def test_a_file_that_cannot_be_read(cli: Any, here: Path) -> None:
    (here / "losscli.toml").mkdir()  # a folder is no file, and is passed over
    assert cli(*MSE).code == 0
    assert re.match(r"losscli: losscli.toml cannot be read: .*directory\.", cli(*MSE, "--config", "losscli.toml").err)


def test_names_are_made_safe(cli: Any, here: Path) -> None:
    write(here, '"\\u001b[31mred" = 1')
    assert "\x1b" not in cli(*MSE).err


@pytest.mark.parametrize("text", ["format = ", "formt = 1"])
@pytest.mark.parametrize(
    "arguments",
    ["--version", "--help", "compute --help", "compute focal --help", "list", "show focal", "schema report"],
)
def test_help_and_catalogue_do_not_read_it(cli: Any, here: Path, text: str, arguments: str) -> None:
    write(here, text)
    assert cli(*arguments.split()).code == 0


# -- what a file may not say ----------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["output", "weights", "report", "config", "exit-zero", "json", "help"])
def test_files_are_typed(cli: Any, here: Path, monkeypatch: Any, key: str) -> None:
    """A file found upwards chooses nothing that is read or overwritten, and hides no finding."""
    target = here / "precious"
    target.write_text("before")
    write(here, f'{key} = "precious"')
    ran = cli(*MSE)
    assert (ran.code, ran.out) == (2, "")
    assert "cannot be set there" in ran.err or "no such option" in ran.err
    write(here, "")
    if key != "config":
        monkeypatch.setenv(config_keys.variable(key), "precious")
        assert cli(*MSE).code == 0
    assert target.read_text() == "before"


def test_a_value_a_class_is_no_file(cli: Any, here: Path) -> None:
    write(here, '[compute.focal]\nalpha = "alpha.npy"')
    assert cli(*FOCAL).err == (
        "losscli: losscli.toml, key compute.focal.alpha: alpha must be a number there, got alpha.npy. "
        "An option that names a file must be typed.\n"
    )


@pytest.mark.parametrize(("words", "leaf"), list(leaves()), ids=lambda each: each[0] if isinstance(each, tuple) else "")
def test_every_option_that_names_a_file_is_refused(words: tuple[str, ...], leaf: click.Command) -> None:
    for key, option in config_keys.options_by_key(leaf, shared=False).items():
        metavar = set(re.findall("[A-Z]+", option.metavar or ""))
        per_class = isinstance(option.type, ParameterType) and option.type.param.per  # its files are refused by value
        if metavar & {"FILE", "SPEC", "DIR", "PATH", "REPORT"} and not per_class:
            assert option.why_typed, f"{words} --{key} {option.metavar}"
