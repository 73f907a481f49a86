"""Configuration: which file is read, whose word counts, and what it costs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from config_files import DATA, FOCAL, MSE, SAMPLES, VALUE, leaves, write
from conftest import environment

from losscli.cli.completing.value_completion import listed
from losscli.cli.configuration import config_file, config_keys
from losscli.cli.program import program


@pytest.fixture
def here(cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository of one's own as the current folder, and no variables."""
    for name in [name for name in os.environ if name.startswith("LOSSCLI_")]:
        monkeypatch.delenv(name)
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


# -- which file -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("losscli.toml", 'format = "value"'),
        ("losscli.toml", '[tool.losscli]\nformat = "value"'),
        ("losscli.toml", '\ufeffformat = "value"'),
        ("pyproject.toml", '[project]\nname = "x"\n[tool.losscli]\nformat = "value"'),
    ],
)
@pytest.mark.parametrize("below", ["", "a/b"])
def test_a_file_is_found_upwards(cli: Any, here: Path, monkeypatch: Any, name: str, text: str, below: str) -> None:
    write(here, text, name)
    (here / "a/b").mkdir(parents=True)
    monkeypatch.chdir(here / below)
    assert tuple(cli(*MSE)) == (0, VALUE, "")


def test_the_nearest_file_is_heard_alone(cli: Any, here: Path, monkeypatch: Any) -> None:
    write(here, 'format = "json"\nthreads = 1')
    (here / "a").mkdir()
    monkeypatch.chdir(here / "a")
    write(here / "a", '[tool.other]\nfor = "losscli"', "pyproject.toml")  # says nothing to losscli
    assert cli(*MSE).out.startswith("{")
    write(here / "a", '[tool.losscli]\nformat = "value"', "pyproject.toml")
    assert cli(*MSE).out == VALUE
    write(here / "a", 'format = "plain"')
    assert cli(*MSE).out.startswith("mse ")


@pytest.mark.parametrize("git", ["folder", "file"])
def test_the_search_ends_at_the_repository(cli: Any, here: Path, monkeypatch: Any, git: str) -> None:
    write(here, 'format = "value"')
    inner = here / "inner"
    inner.mkdir()
    (inner / ".git").mkdir() if git == "folder" else write(inner, "gitdir: elsewhere", ".git")
    monkeypatch.chdir(inner)
    assert cli(*MSE).out.startswith("mse ")


def test_the_search_ends_at_the_root(here: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir("/")
    monkeypatch.setattr(os.path, "exists", lambda path: False)
    assert all(os.path.dirname(path) == os.path.abspath("/") for path in config_file._upwards())


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="owners of POSIX")
def test_a_strangers_file_where_everybody_writes_is_not_read(cli: Any, here: Path, monkeypatch: Any) -> None:
    write(here, 'format = "value"')
    here.chmod(0o777)
    assert cli(*MSE).out == VALUE
    real, stranger = os.lstat, os.getuid() + 1
    monkeypatch.setattr(os, "lstat", lambda path: os.stat_result((*real(path)[:4], stranger, *real(path)[5:])))
    assert cli(*MSE).out.startswith("mse ")
    here.chmod(0o755)
    assert cli(*MSE).out == VALUE


@pytest.mark.parametrize("typed", [("--config", "{}", *MSE), (*MSE, "--config", "{}"), (*MSE, "--config={}")])
def test_a_file_can_be_named_or_refused(cli: Any, here: Path, typed: tuple[Any, ...]) -> None:
    write(here, 'format = "json"')
    write(here, 'format = "value"', "other.toml")
    assert cli(*(str(word).format("other.toml") for word in typed)).out == VALUE
    assert cli(*(str(word).format("none") for word in typed)).out.startswith("mse ")
    assert tuple(cli(*(str(word).format("nonesuch.toml") for word in typed))) == (
        2, "", "losscli: There is no file nonesuch.toml. --config takes a file, or none.\n"
    )  # fmt: skip


def test_a_variable_names_the_file(cli: Any, here: Path, monkeypatch: Any) -> None:
    write(here, 'format = "value"', "other.toml")
    monkeypatch.setenv("LOSSCLI_CONFIG", "other.toml")
    assert cli(*MSE).out == VALUE
    assert cli(*MSE, "--config", "none").out.startswith("mse ")
    monkeypatch.setenv("LOSSCLI_CONFIG", "")
    assert cli(*MSE).out.startswith("mse ")


def test_a_named_pyproject_must_speak_of_losscli(cli: Any, here: Path) -> None:
    write(here, "[project]", "pyproject.toml")
    assert cli(*MSE, "--config", "pyproject.toml").err == (
        "losscli: pyproject.toml has no table [tool.losscli]. Name another file with --config.\n"
    )


def test_verbose_says_who_set_what(cli: Any, here: Path, monkeypatch: Any) -> None:
    write(here, 'format = "value"\nthreads = 2\nnan = "omit"')
    monkeypatch.setenv("LOSSCLI_THREADS", "1")
    first, second, *_ = cli(*MSE, "-v", "--nan", "error").err.splitlines()
    assert (first, second) == (
        "losscli: losscli.toml sets format = value.",
        "losscli: LOSSCLI_THREADS sets threads = 1.",
    )
    write(here, "")
    assert cli(*MSE, "-v").err.splitlines()[0] == "losscli: losscli.toml sets nothing here."
    write(here, "verbose = true")
    assert "losscli.toml sets verbose = True." in cli(*MSE).err
    assert cli(*MSE, "-q").err == ""


def focal(cli: Any, *typed: str) -> dict[str, Any]:
    ran = cli(*FOCAL, *typed, "--json")
    assert ran.code == 0, ran.err
    result: dict[str, Any] = json.loads(ran.out)["results"][0]
    return result


# -- whose word counts ----------------------------------------------------------------------------------


def test_line_over_variable_over_file_over_default(cli: Any, here: Path, monkeypatch: Any) -> None:
    assert focal(cli)["reduction"] == "mean"
    write(here, 'reduction = "sum"')
    assert focal(cli)["reduction"] == "sum"
    write(here, 'reduction = "sum"\n[compute]\nreduction = "mean"')
    assert focal(cli)["reduction"] == "mean"
    write(here, 'reduction = "sum"\n[compute]\nreduction = "sum"\n[compute.focal]\nreduction = "mean"')
    assert focal(cli)["reduction"] == "mean"
    monkeypatch.setenv("LOSSCLI_REDUCTION", "sum")
    assert focal(cli)["reduction"] == "sum"
    assert focal(cli, "--reduction", "mean")["reduction"] == "mean"
    monkeypatch.setenv("LOSSCLI_REDUCTION", "")
    assert focal(cli)["reduction"] == "mean"


def test_parameters_of_a_loss(cli: Any, here: Path) -> None:
    write(here, "[compute.focal]\ngamma = 3\nalpha = 0.25")
    assert focal(cli)["params"] | {"gamma": 3.0, "alpha": 0.25} == focal(cli)["params"]
    assert focal(cli, "--gamma", "1")["params"]["gamma"] == 1.0
    write(here, '[compute.softmax-focal]\ngamma = 4\n[compute.huber]\ndelta = 2\nalpha_form = "not looked at"')
    assert focal(cli)["params"]["gamma"] == 4.0
    write(here, '[compute.focal]\nalpha = "none"\nalpha-form = "monai"')
    assert focal(cli)["params"]["alpha"] is None


def test_lists_are_commas_of_the_command_line(cli: Any, here: Path) -> None:
    data = (SAMPLES / "digits/logits.npy", SAMPLES / "digits/labels.npy")
    ones = [1] * 10
    write(here, f"[compute.focal]\nalpha = {ones}\nactivation = 'softmax'\n[compute]\nformat = 'value'")
    alpha = ",".join(map(str, ones))
    typed = cli(
        "compute", "focal", *data, "--alpha", alpha, "--activation", "softmax", "--format", "value", "--config", "none"
    )
    assert tuple(cli("compute", "focal", *data)) == tuple(typed)
    write(here, 'pred = ["pred"]\nlabel = ["label"]\nformat = "value"')
    assert tuple(cli("compute", "mse", SAMPLES / "diabetes/diabetes.csv")) == (0, VALUE, "")


def test_like_changes_the_number_and_is_told(cli: Any, here: Path, monkeypatch: Any) -> None:
    bce = ("compute", "bce", SAMPLES / "cancer/probs.npy", SAMPLES / "cancer/labels.npy", "--format", "value")
    typed = cli(*bce, "--like", "keras").out
    monkeypatch.setenv("LOSSCLI_LIKE", "keras")
    assert cli(*bce).out == typed
    assert cli(*bce, "--like", "paper").out != typed
    monkeypatch.delenv("LOSSCLI_LIKE")
    write(here, 'like = "keras"')
    assert cli(*bce).out == typed
    error = cli("compute", "l1", *DATA).err
    assert error.startswith("losscli: Keras has no l1.")
    assert error.endswith(" losscli.toml sets like = keras.\n")


@pytest.mark.parametrize("typed", [("--json",), ("--partial",), ("-o", "out.JSON")])
def test_what_is_typed_wins_where_two_options_mean_the_same(cli: Any, here: Path, typed: tuple[str, ...]) -> None:
    write(here, 'format = "plain"')
    ran = cli(*MSE, *typed)
    assert (ran.code, ran.err) == (0, "")
    assert json.loads(ran.out or (here / "out.JSON").read_text())["command"] == "compute"


def test_flags(cli: Any, here: Path, monkeypatch: Any) -> None:
    columns = ("compute", "mse", SAMPLES / "diabetes/diabetes.csv", "--format", "value")
    assert "note:" in cli(*columns).err
    write(here, "quiet = true")
    assert cli(*columns).err == ""
    monkeypatch.setenv("LOSSCLI_QUIET", "no")
    assert "note:" in cli(*columns).err
    monkeypatch.setenv("LOSSCLI_QUIET", "1")
    write(here, "")
    assert cli(*columns).err == ""


@pytest.mark.parametrize(("words", "leaf"), list(leaves()), ids=lambda each: each[0] if isinstance(each, tuple) else "")
def test_what_a_file_says_reaches_every_command(
    here: Path, words: tuple[str, ...], leaf: click.Command, monkeypatch: Any
) -> None:
    """Every option that a file may set arrives as the same value that is typed."""
    for key, option in config_keys.options_by_key(leaf, shared=False).items():
        if option.why_typed:
            continue
        text = example(option)
        spelled: Any = True if option.is_flag else [text] if option.multiple else text
        table = ".".join(words)
        write(here, f"[{table}]\n{key} = {json.dumps(spelled)}\n")
        typed = [f"--{key}"] if option.is_flag else [f"--{key}", text]
        assert parsed(leaf, words, key, []) == parsed(leaf, words, key, typed), key
        write(here, "")
        if words[1:] and getattr(option, "section", "") in config_keys.OF_THE_LOSS:
            continue
        monkeypatch.setenv(config_keys.variable(key), text or "1")
        assert parsed(leaf, words, key, []) == parsed(leaf, words, key, typed), key
        monkeypatch.delenv(config_keys.variable(key))


def example(option: click.Option) -> str:
    """A value that an option takes."""
    if option.is_flag:
        return ""
    for text in listed(option) or [
        "2",
        "0.5",
        "1000",
        "none",
        "x",
        "x=1",
    ]:
        try:
            option.type_cast_value(click.Context(click.Command("x")), [text] if option.multiple else text)
        except Exception:
            continue
        return str(text)
    raise AssertionError(f"none of these is a value of {option.name}")


def parsed(leaf: click.Command, words: tuple[str, ...], tested: str, typed: list[str]) -> dict[str, Any]:
    """What a command sees: with nothing typed, of file and variables; else of what is typed alone."""
    ctx = click.Context(program, info_name="losscli", **program.context_settings)
    for name in words[:-1]:
        ctx = click.Context(program, parent=ctx, info_name=name)
    files = [f"{param.name}" for param in leaf.params if isinstance(param, click.Argument)]
    for key, option in config_keys.options_by_key(leaf, shared=False).items():
        if option.required and key != tested:
            files += [f"--{key}", example(option)]
    with pytest.MonkeyPatch.context() as patch:
        if typed:
            patch.delenv(config_keys.variable(tested), raising=False)
            typed = [*typed, "--config", "none"]
        return leaf.make_context(words[-1], [*files, *typed], parent=ctx).params


# -- what it costs --------------------------------------------------------------------------------------


def test_without_a_file_nothing_is_loaded(tmp_path: Path) -> None:
    probe = "import sys; from losscli.cli.main import run; code = run(sys.argv[1:]); "
    probe += "print('tomllib' in sys.modules, code, file=sys.stderr)"
    words = [sys.executable, "-c", probe, *map(str, MSE), "--format", "value"]
    (tmp_path / ".git").mkdir()
    for text, loaded in (("", False), ("[tool.other]", False), ("[tool.losscli]", True)):
        write(tmp_path, text, "pyproject.toml")
        ended = subprocess.run(words, capture_output=True, text=True, cwd=tmp_path, env=environment())
        assert (ended.stdout, ended.stderr) == (VALUE, f"{loaded} 0\n")


def test_looking_for_a_file_asks_for_two_names_a_folder(here: Path, monkeypatch: Any) -> None:
    """And whether the folder is the repository's top; nothing is opened or listed."""
    folder = here / "a/b/c/d"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    asked: list[str] = []
    for name in ("isfile", "exists"):
        ask = getattr(os.path, name)
        monkeypatch.setattr(os.path, name, lambda path, ask=ask: (asked.append(os.fspath(path)), ask(path))[1])
    for name in ("open", "listdir", "scandir"):
        monkeypatch.setattr(os, name, lambda *_: pytest.fail("reads a file or a folder"))
    assert config_file.found_file(None) is None
    monkeypatch.undo()
    assert len(asked) == len(set(asked)) <= 3 * len([folder, *folder.parents])
    assert {os.path.basename(path) for path in asked} == {"losscli.toml", "pyproject.toml", ".git"}


@pytest.mark.parametrize(
    ("words", "note"),
    [
        ("-l focal", "write -l focal:gamma=5,like=keras where"),
        ("-l focal_loss:gamma=1", "write -l focal:gamma=1,like=keras where"),
        ("-l mse -l focal:gamma=1,like=torchvision", ""),
        ("-l mse", ""),
        ("-l focal -q", ""),
    ],
)
def test_tables_of_compute_that_set_nothing_elsewhere_are_noted(
    cli: Any, in_samples: Path, tmp_path: Path, words: str, note: str
) -> None:
    own = tmp_path / "own.toml"
    own.write_text('[compute.focal]\ngamma = 5\nlike = "keras"\nci = 95\n', encoding="utf-8")
    data = ("cancer/logits.npy", "--labels", "cancer/labels.npy")
    ended = cli("--config", own, "batch", *data, *words.split(), "--format", "json")
    assert ended.code == 0, ended.err
    assert ("is of losscli compute alone" in ended.err, note in ended.err) == (bool(note), True)
    plain = cli("--config", "none", "batch", *data, *words.split(), "--format", "json")
    values = [[each["value"] for each in json.loads(text)["results"]] for text in (ended.out, plain.out)]
    assert values[0] == values[1]
    sides = ("compare", "cancer/logits.npy", "cancer/logits.npy", "cancer/labels.npy")
    assert ("[compute.focal]" in cli("--config", own, *sides, *words.split()).err) == bool(note)


def test_a_suite_is_told_of_every_table(cli: Any, in_samples: Path, tmp_path: Path) -> None:
    own, suite = tmp_path / "own.toml", tmp_path / "suite.toml"
    own.write_text("[tool.losscli.compute.focal]\ngamma = 5\n".replace("tool.losscli.", ""), encoding="utf-8")
    data = {name: str(Path("cancer", f"{name}.npy").resolve()) for name in ("logits", "labels")}
    suite.write_text(f'loss = ["focal"]\n[[data]]\npred = "{data["logits"]}"\nlabel = "{data["labels"]}"\n', "utf-8")
    assert "the losses of a suite say their own" in cli("--config", own, "batch", suite).err


@pytest.mark.parametrize("name", ["GAMMA", "GAMA", "FOCAL_GAMMA", "COMPUTE_FOCAL_GAMMA", "LABEL_SMOOTHING"])
def test_a_variable_that_looks_like_a_parameter_is_noted(
    cli: Any, in_samples: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    words = ("compute", "focal", "cancer/logits.npy", "cancer/labels.npy")
    for other in ("LOSSCLI_HOME_DIR", "LOSSCLI_CI_IMAGE", "LOSSCLI_CI"):
        monkeypatch.setenv(other, "95")
    assert "sets nothing" not in cli(*words).err
    monkeypatch.setenv(f"LOSSCLI_{name}", "3")
    assert f"LOSSCLI_{name} sets nothing" in cli(*words).err
    monkeypatch.setenv(f"LOSSCLI_{name}", "")
    assert "sets nothing" not in cli(*words).err
