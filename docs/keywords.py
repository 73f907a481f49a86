"""Writes what the table of run options says into the docstrings of the functions that have them as keywords."""

from __future__ import annotations

import importlib
import inspect
import re
import textwrap

from losscli.api.options.option_types import Text
from losscli.api.options.run_option import RunOption
from losscli.api.options.table import of_function

FUNCTIONS = {  # and their modules
    "compute": "compute", "compare": "compare", "reconcile": "reconcile", "inspect": "inspect",
    "slices": "slices", "sweep": "sweep",
    "evaluate": "python.evaluate",
}  # fmt: skip
HEAD = "    Args:\n"
INDENT = " " * 8
WIDTH = 120


def path_of(function: str) -> str:
    """The file of a function, from the top of the checkout."""
    return f"losscli/api/{FUNCTIONS[function].replace('.', '/')}.py"


def text(function: str, source: str) -> str:
    """The source with the entries of its run options written anew; those of other arguments stay, the first before."""
    code = getattr(importlib.import_module(f"losscli.api.{FUNCTIONS[function]}"), function)
    start = source.index(HEAD, source.index(f"\ndef {function}(")) + len(HEAD)
    end = start + re.search(r"\n(?=\n)", source[start:]).end()  # type: ignore[union-attr]
    written = [each for each in re.split(rf"(?m)^(?={INDENT}\S)", source[start:end]) if each]
    entries = {each.partition(":")[0].strip(): each for each in written}
    options = {option.name: entry(option) for option in of_function(function)}
    parameters = inspect.signature(code).parameters
    order = [f"**{name}" if each.kind is each.VAR_KEYWORD else name for name, each in parameters.items()]
    return source[:start] + "".join(options.get(name) or entries[name] for name in order) + source[end:]


def entry(option: RunOption) -> str:
    """The lines of an option: what it means, what it may be, and what holds where it is not given."""
    rule = "" if isinstance(option.type, Text) else option.type.rule()
    says = [option.help, f"{rule[0].upper()}{rule[1:]}." if rule else ""]
    default = option.said_default()
    says.append(f"Default: {default}." if default else "")
    words = f"{option.name}: {' '.join(filter(None, says))}"
    lines = textwrap.wrap(
        words, WIDTH, initial_indent=INDENT, subsequent_indent=INDENT + "    ", break_on_hyphens=False
    )
    return "\n".join(lines) + "\n"
