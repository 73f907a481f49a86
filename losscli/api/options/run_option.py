"""A run option, as it is declared once: from this follow click's option, the Python keyword's check, the keys of suites
and of configuration, completion, and what a report's `request` holds."""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ...core.did_you_mean import nearest
from ...core.errors import UsageProblem
from ...core.record import field, record, replace
from ...core.safe_text import shown
from .option_types import Flag, OptionType

if TYPE_CHECKING:
    from ...core.loss import Loss

RULES, COMPARISON, DECLARED, SEARCH = "The rules", "The comparison", "What is declared", "The search"
OF_THE_LOSS = ("Parameters of the loss", "Conventions of frameworks")  # headings of what other losses lack
NUMBER, DATA, RUN, OUTPUT = "The number", "Data", "The run", "Output"
HEADINGS = (RULES, COMPARISON, DECLARED, SEARCH, OF_THE_LOSS[0], DATA, NUMBER, RUN, OUTPUT, OF_THE_LOSS[1])

# commands that share options: those that compute, read rows for a loss, read files, read text, write, end in a finding
COMPUTE = "compute batch"
ROWS = f"{COMPUTE} compare why"
FILES = f"{ROWS} reconcile"
TEXT = f"{FILES} inspect"
LOOKS = f"{TEXT} gate merge"
WRITES = f"{LOOKS} verify"
ENDS = f"{COMPUTE} compare reconcile inspect gate verify"

TYPED_FILE = "An option that names a file must be typed."
TYPED = "It must be typed."


@record
class RunOption:
    """A run option. `commands` and `functions` are the commands and the Python functions that have it, in one text.

    `variants` says what is different in one of them, by its name (a function's is losscli.NAME, and losscli stands for
    all of them); `of_loss` what a loss knows better. `suite` is where a suite may say it: "data" (of a data set) or
    "whole"; `request` names the commands whose report holds it.
    """

    name: str
    type: OptionType
    help: str
    heading: str
    commands: str = ""
    functions: str = ""
    default: Any = None
    unset: str = ""  # what holds where it is not given, for help
    metavar: str = ""
    short: str = ""  # -o
    multiple: bool = False
    required: bool = False
    role: str = ""  # of the data in the file that it names
    suite: str = ""
    request: str = ""
    typed_only: str = ""  # why neither a file nor a variable may set it
    completes: str = ""  # where it is not what its type completes
    not_text: str = ""  # what to type where Python gives something else than a text
    subject: str = ""  # how a sentence calls it, where the name is not enough
    variants: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    of_loss: Callable[[Loss], Mapping[str, Any]] | None = None

    @property
    def key(self) -> str:
        """The name in a command line, in a file of options and, in capitals, in the environment."""
        return self.name.replace("_", "-")

    @property
    def why_typed(self) -> str:
        """Why a file of options cannot set it; empty if it can."""
        return self.typed_only or (TYPED_FILE if self.type.names_a_file else "")

    @property
    def is_flag(self) -> bool:
        """Whether it stands without a value."""
        return isinstance(self.type, Flag)

    def within(self, command: str, loss: Loss | None = None) -> RunOption:
        """The option as this command has it, for this loss."""
        option = replace(self, **self.of_loss(loss)) if loss is not None and self.of_loss else self
        for where in ("losscli", command) if command.startswith("losscli.") else (command,):
            option = replace(option, **option.variants.get(where, {}))
        return option

    def said_default(self) -> str:
        """What holds where it is not given, in words."""
        plain = self.default is None or self.default == () or self.is_flag
        return self.unset or ("" if plain else str(self.default))

    def parse(self, text: str) -> Any:
        """The value of a text, from the command line or the environment."""
        return self._made(self.type.parse, text)

    def check(self, value: Any) -> Any:
        """The value of one from Python, TOML or JSON; None is the default."""
        if value is None:
            return self.default
        if self.multiple:
            value = (value,) if isinstance(value, str) else value
            return tuple(self._made(self.type.check, each) for each in value)
        return self._made(self.type.check, value)

    def _made(self, make: Callable[[Any], Any], value: Any) -> Any:
        try:
            return make(value)
        except (ValueError, OverflowError):
            given = shown(value) if isinstance(value, str) else shown(reprlib.repr(value))
            near = nearest(value, self.type.choices()) if isinstance(value, str) else self.not_text
            name = self.subject or self.name
            raise UsageProblem(
                f"{name} must be {self.type.rule()}, got {given}.", near, kind="bad_option", options=(self.key,)
            ) from None
