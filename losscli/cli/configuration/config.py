"""Options from a file and from the environment: click takes them as defaults, so that what is typed wins.

Nothing here loads code, and an option that names a file is refused: a file found upwards must not be able to choose
what is read or overwritten.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import click

from ...core.did_you_mean import nearest
from ...core.errors import LossCliError, UsageProblem
from ...core.record import record
from ...core.safe_text import shown
from ..options import RunOptionType
from ..params import SectionedOption
from ..program import CONFIG
from .config_file import OWN, ConfigFile, found_file
from .config_keys import OptionTable, as_typed, tables_for, variable, words_of

SOURCE = click.core.ParameterSource.DEFAULT_MAP


def file_of(ctx: click.Context) -> ConfigFile | None:
    """The file of options: of --config, else of LOSSCLI_CONFIG, else found upwards."""
    return found_file(ctx.meta.get(CONFIG, os.environ.get("LOSSCLI_CONFIG") or None))


def config_paths() -> list[str]:
    """The file of options that the command at hand has read, as an input: no output may be written over it."""
    ctx = click.get_current_context(silent=True)
    defaults = ctx.default_map if ctx is not None else None
    return [defaults.file.path] if isinstance(defaults, Defaults) and defaults.file is not None else []


@record
class Setting:
    """One option as a file or a variable sets it: `origin` is the file or the variable, `place` the key as well."""

    param: SectionedOption
    value: Any
    origin: str
    place: str
    everywhere: bool = False  # set for every command by a file

    @property
    def words(self) -> str:
        """The setting as `-v` and errors show it."""
        return f"{self.param.key} = {shown(str(self.value))}"

    def checked(self, ctx: click.Context) -> Any:
        """The value, after the option's own check; a bad one gets the command line's sentence and its place."""
        try:
            value = as_typed(self.param, self.value)
            self.param.type_cast_value(ctx, value)
        except click.UsageError as problem:
            text, hint = problem.format_message(), ""
        except UsageProblem as problem:
            text, hint = problem.message, problem.hint
            if self.everywhere and self._is_choice():  # another command may have the choice
                hint = f"What is meant for one command stands in its table, such as [{words_of(ctx)[0]}]."
        else:
            return value
        text = text if text.endswith((".", "?")) else text + "."
        raise UsageProblem(f"{self.place}: {text}", hint)

    def _is_choice(self) -> bool:
        kind = self.param.type
        return isinstance(kind, RunOptionType) and bool(kind.option.type.choices())


class Defaults(dict[str, Any]):
    """What click asks for options that were not typed. The file is read at the first question, so never for --help."""

    def __init__(self, ctx: click.Context) -> None:
        super().__init__()
        self._ctx = ctx
        self._settings: dict[str, Setting] | None = None
        self.file: ConfigFile | None = None
        self.doubts: list[str] = []  # variables that were probably meant for an option

    @property
    def settings(self) -> Mapping[str, Setting]:
        """What is set for this command, by the name of the parameter."""
        if self._settings is None:
            self._settings = {}
            if not self._ctx.resilient_parsing:  # completion
                self.file = file_of(self._ctx)
                self._settings = _of_file(self._ctx, self.file) if self.file else {}
                if any(name.startswith("LOSSCLI_") for name in os.environ):
                    variables, self.doubts = _of_environment(self._ctx)
                    self._settings |= variables
        return self._settings

    def __contains__(self, name: object) -> bool:
        return name not in ("config", "help") and name in self.settings

    def __getitem__(self, name: str) -> Any:
        return self.settings[name].checked(self._ctx)

    def get(self, name: str, default: Any = None) -> Any:
        """As of any mapping; older clicks ask this way."""
        return self[name] if name in self else default  # noqa: SIM401 - that is this function


def _of_file(ctx: click.Context, file: ConfigFile) -> dict[str, Setting]:
    settings: dict[str, Setting] = {}
    for table in tables_for(ctx, file.table, file.name):
        for key, value in table.table.items():
            place = f"{file.name}, key {'.'.join((*file.prefix, *table.path, key))}"
            param = _allowed(table, key, place)
            if param is not None and param.name is not None:
                settings[param.name] = Setting(param, value, file.name, place, not table.path)
    return settings


def _allowed(table: OptionTable, key: str, place: str) -> SectionedOption | None:
    """The option of a key; None where it belongs to other commands. An unknown or refused key is an error."""
    wanted = key.replace("_", "-")
    param = table.options.get(wanted)
    known = param or table.elsewhere(wanted)
    if known is None:
        hint = nearest(wanted, table.every_key()) or table.hint
        raise UsageProblem(f"{place}: there is no such option.", hint)
    if known.why_typed:
        raise UsageProblem(f"{place} cannot be set there.", known.why_typed)
    return param


def _of_environment(ctx: click.Context) -> tuple[dict[str, Setting], list[str]]:
    """The variables LOSSCLI_OPTION, for every option that a file may set for all commands; empty ones do not count.

    Other variables are others' business, but one that is nearly an option's is told.
    """
    from difflib import get_close_matches

    options = {variable(key): param for key, param in tables_for(ctx, {})[0].options.items() if not param.why_typed}
    settings: dict[str, Setting] = {}
    doubts: list[str] = []
    for name, value in os.environ.items():
        param = options.get(name)
        if param is not None and param.name is not None and value:
            settings[param.name] = Setting(param, value, name, name)
        elif param is None and name.startswith("LOSSCLI_"):
            near = get_close_matches(name[8:], [each[8:] for each in options], n=1, cutoff=0.85)
            doubts += [f"note: {name} is no option here. Did you mean LOSSCLI_{each}?" for each in near]
            if not near and value and _names_a_parameter(name[8:].lower()):
                where = f"[compute.LOSS] of {OWN}"
                doubts.append(f"note: {name} sets nothing: parameters of a loss stand in {where}, or are typed.")
    return settings, doubts


def _names_a_parameter(name: str) -> bool:
    """Whether some loss has a parameter of this name, or nearly; the loss and the command may stand before it."""
    from difflib import get_close_matches

    from ...core import registry

    losses = registry.everything()
    params = {param.name for loss in losses.values() for param in loss.params}
    starts = [start for each in losses for start in (f"{each}_", f"compute_{each}_") if name.startswith(start)]
    rest = name[len(max(starts, key=len, default="")) :]
    return rest in params or bool(get_close_matches(rest, sorted(params), n=1, cutoff=0.85))


def settle(ctx: click.Context) -> None:
    """What is typed wins also where two options mean the same: `--json`, or the suffix of `-o`, over a set format."""
    if ctx.resilient_parsing or ctx.get_parameter_source("format") is not SOURCE:
        return
    from ...report.renderers import registry as formats

    target = str(ctx.params.get("output") or "").lower()
    named = target.endswith(tuple(formats.RENDERERS["json"].suffixes))
    if "report" in ctx.params:  # such a command guesses every format from the suffix of -o
        named = any(target.endswith(tuple(kind.suffixes)) for kind in formats.RENDERERS.values() if kind.suffixes)
    if named or any(ctx.params.get(name) for name in ("json", "partial")):
        ctx.params["format"] = None


@contextmanager
def report_config(ctx: click.Context) -> Iterator[None]:
    """Around a command: `-v` says what was set and where, and so does an error that may come from it."""
    settings = _settings_in_force(ctx)
    if not ctx.params.get("quiet"):
        _say_settings(ctx, settings)
    try:
        yield
    except LossCliError as problem:
        blamed = [each for each in settings if problem.concerns(each.param.key, each.value)]
        problem.hint = " ".join([problem.hint, *(f"{each.origin} sets {each.words}." for each in blamed)]).strip()
        raise


def _settings_in_force(ctx: click.Context) -> list[Setting]:
    """What was set for options that were not typed."""
    defaults = ctx.default_map
    if not isinstance(defaults, Defaults):
        return []
    return [each for name, each in defaults.settings.items() if ctx.get_parameter_source(name) is SOURCE]


def _say_settings(ctx: click.Context, settings: list[Setting]) -> None:
    from ..streams import say

    by_origin: dict[str, list[str]] = {}
    if isinstance(ctx.default_map, Defaults):
        for doubt in ctx.default_map.doubts:
            say(doubt)
        if ctx.default_map.file is not None:
            from .other_tables import idle_tables

            by_origin[ctx.default_map.file.name] = []
            for note in idle_tables(ctx, ctx.default_map.file):
                say(f"note: {note}")
    for each in settings:
        by_origin.setdefault(each.origin, []).append(each.words)
    for origin, words in by_origin.items() if ctx.params.get("verbose") else ():
        say(f"{origin} sets {', '.join(words) or 'nothing here'}.")
