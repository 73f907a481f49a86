"""The script that makes a shell ask losscli for completions, and the answers.

The script runs `_LOSSCLI_COMPLETE=SHELL losscli WORD...`, the last word being the one that is typed (bash gives the
line and the text that it will replace). Each line of the answer is a kind, a value and a help text, with tabs between.
An answer takes at most two seconds, is empty where anything is wrong, and is never an error.
"""

from __future__ import annotations

import os
import re
import signal
import sys
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .candidate import Candidate

SHELLS = ("bash", "zsh", "fish")
REQUEST = "_LOSSCLI_COMPLETE"
SECONDS = 2.0
MARK = "\ue000"  # stands at the cursor while a line is split into words


def script(shell: str) -> str:
    """The script of a shell."""
    return (files(__package__) / f"completion.{shell}").read_text(encoding="utf-8")


def answer(arguments: list[str]) -> int:
    """Write the candidates for a command line."""
    _limit()
    try:
        if os.environ[REQUEST] == "bash":
            lines = bash_lines(*arguments)
        else:
            from .candidates import candidates

            lines = [_line(each, each.value) for each in candidates(arguments[:-1], arguments[-1])]
        sys.stdout.buffer.write("".join(f"{line}\n" for line in lines).encode(errors="ignore"))
        sys.stdout.flush()
    except Exception:  # a prompt is no place for messages, whatever a file or a plugin does
        pass
    return 0


def _limit() -> None:
    """End without an answer when a file cannot be read in time, as from a folder on a network that is away."""
    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGALRM, lambda *_: os._exit(0))
        signal.setitimer(signal.ITIMER_REAL, SECONDS)


def _line(candidate: Candidate, value: str) -> str:
    return f"{candidate.kind}\t{value}\t{' '.join(candidate.help.split())}"


def bash_lines(line: str, text: str) -> list[str]:
    """The answer to bash, which replaces `text` alone: the end of the word since a quote, a colon or an equals sign."""
    from .candidates import candidates

    words, current = split_line(line)
    quote = open_quote(line)
    kept = len(current) - len(text if quote else unquoted(text))
    offers = [each for each in candidates(words[1:], current) if quote != '"' or "!" not in each.value]  # history
    return [_line(each, quoted(each.value[kept:], quote)) for each in offers]


def split_line(line: str) -> tuple[list[str], str]:
    """The words before the cursor, redirections left out, and the one at it."""
    from click.shell_completion import split_arg_string

    *words, current = split_arg_string(line + MARK)
    kept = [word for i, word in enumerate(words) if not _redirects(word) and not (i and _redirects(words[i - 1], True))]
    return kept, current.replace(MARK, "")


def _redirects(word: str, alone: bool = False) -> bool:
    return re.fullmatch(r"\d*(<|>>?|&>>?)" + ("" if alone else r".*"), word) is not None


def open_quote(line: str) -> str:
    """The quote that is still open at the end of a line, or an empty text."""
    quote, letters = "", iter(line)
    for letter in letters:
        if letter == "\\" and quote != "'":
            next(letters, "")
        elif not quote and letter in "'\"":
            quote = letter
        elif letter == quote:
            quote = ""
    return quote


def unquoted(text: str) -> str:
    """A word as the shell reads it."""
    return split_line(text)[1]


def quoted(value: str, quote: str) -> str:
    """A value as it must stand in a command line, so that no part of it is run."""
    if quote == "'":
        return value.replace("'", "'\\''")
    if quote == '"':
        return re.sub(r'([$`"\\])', r"\\\1", value)
    return re.sub(r"([^\w@%+:,./=-])", r"\\\1", value)
