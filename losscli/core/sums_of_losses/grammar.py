"""The grammar of a weighted sum of losses: `dice + 0.5 * focal(gamma=2)`. It is read, never run.

sum     = ["-"] product {("+" | "-") product}
product = factor {("*" | "/") factor}       one loss or group among numbers; what divides is a number
factor  = number | loss | "(" sum ")"
loss    = name ["(" name "=" value {"," name "=" value} ")"]
"""

from __future__ import annotations

import math
import re
from typing import NamedTuple

from ..errors import UsageProblem
from ..record import record, replace
from ..safe_text import shown

KIND = "sum_of_losses"  # of its problems
_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.]))|(?P<name>[A-Za-z_]\w*(?:-[A-Za-z_]\w*)*)"
    r"|(?P<mark>[-+*/()=,:])|(?P<other>\S))",
    re.ASCII,
)


class Token(NamedTuple):
    """A piece of the text, and where it stands, from 0; the last one is empty."""

    kind: str
    text: str
    at: int


@record
class Term:
    """A loss of the sum as it is written: what it is multiplied by, its name, its settings as text, its place."""

    weight: float
    name: str
    settings: dict[str, str]
    at: int


def split_options(text: str) -> tuple[str, str]:
    """The sum, and what stands behind a colon that is outside all parentheses: options of the whole."""
    depth = 0
    for at, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if letter == ":" and depth <= 0:
            return text[:at], text[at + 1 :]
    return text, ""


def read(text: str) -> list[Term]:
    """The losses of a sum and their weights. What cannot be read is a UsageProblem that points at the place."""
    parser = _Parser(text)
    terms = parser.sum()
    if parser.next.kind != "end":
        raise parser.wrong("a sign (+, -, *) is missing before it, or a parenthesis is one too many")
    return terms


def problem_at(text: str, at: int, why: str, hint: str = "") -> UsageProblem:
    """That a sum cannot be read, and the character that it fails at."""
    if not (rest := text[at:].strip()):
        where = "at its end"
    else:
        first = re.match(r"[\w.-]+|.", rest)
        word = first.group() if first else rest
        where = f"at character {at + 1} ({shown(word, 40)})"
    return UsageProblem(f"In '{shown(text.strip())}', {where}: {why}.", hint, kind=KIND, options=("loss",))


class _Parser:
    def __init__(self, text: str) -> None:
        self.text, self.depth = text, 0
        self.tokens = [
            Token(match.lastgroup or "", match.group(match.lastgroup or 0), match.start(match.lastgroup or 0))
            for match in _TOKEN.finditer(text)
        ]
        self.tokens.append(Token("end", "", len(text)))

    @property
    def next(self) -> Token:
        return self.tokens[0]

    def take(self) -> Token:
        return self.tokens.pop(0) if len(self.tokens) > 1 else self.tokens[0]

    def at_mark(self, marks: str) -> bool:
        return self.next.kind == "mark" and self.next.text in marks

    def wrong(self, why: str, hint: str = "", at: int | None = None) -> UsageProblem:
        return problem_at(self.text, self.next.at if at is None else at, why, hint)

    def sum(self) -> list[Term]:
        sign = -1.0 if self.at_mark("-+") and self.take().text == "-" else 1.0
        terms = self.product(sign)
        while self.at_mark("+-"):
            sign = -1.0 if self.take().text == "-" else 1.0
            terms += self.product(sign)
        return terms

    def product(self, sign: float) -> list[Term]:
        start, weight = self.next.at, sign
        terms: list[Term] | None = None
        divides = False
        while True:
            at = self.next.at
            factor = self.factor()
            if isinstance(factor, float):
                if divides and factor == 0:
                    raise self.wrong("a loss cannot be divided by 0", at=at)
                weight = weight / factor if divides else weight * factor
            elif divides:
                raise self.wrong("only a number divides a loss", "Write 0.5 * LOSS or LOSS / 2.", at)
            elif terms is not None:
                raise self.wrong("losses are added, not multiplied with each other", "Write + between them.", at)
            else:
                terms = factor
            if not self.at_mark("*/"):
                break
            divides = self.take().text == "/"
        if terms is None:
            raise self.wrong("this number multiplies no loss", "Write NUMBER * LOSS.", start)
        if not math.isfinite(weight):
            raise self.wrong("this number is too large", at=start)
        return [replace(term, weight=term.weight * weight) for term in terms]

    def factor(self) -> float | list[Term]:
        token = self.next
        if token.kind == "number":
            return float(self.take().text)
        if token.kind == "name":
            return [self.loss()]
        if not self.at_mark("("):
            missing = token.kind == "end" or token.text in "+-*/)"
            expected = "a loss is missing here" if missing else "a loss stands here"
            raise self.wrong(expected, "Write a sum such as dice + 0.5 * focal(gamma=2).")
        self.take()
        self.depth += 1
        if self.depth > 20:
            raise self.wrong("these are too many parentheses within each other")
        terms = self.sum()
        self.close()
        self.depth -= 1
        return terms

    def loss(self) -> Term:
        name, settings = self.take(), dict[str, str]()
        if self.at_mark(":"):
            hint = f"Write its parameters in parentheses: {name.text}(gamma=2)."
            raise self.wrong("options of the whole sum stand at its end, behind one colon", hint)
        if not self.at_mark("("):
            return Term(1.0, name.text, settings, name.at)
        self.take()
        while not self.at_mark(")"):
            key = self.take()
            if key.kind != "name" or not self.at_mark("="):
                hint = f"Write {name.text}(NAME=VALUE, NAME=VALUE)."
                raise self.wrong("a parameter is given by its name", hint, key.at)
            self.take()
            spelled = key.text.replace("-", "_")
            if spelled in settings:
                raise self.wrong(f"{key.text} is given twice", "Leave one out.", key.at)
            settings[spelled] = self.value(key)
            if self.at_mark(","):
                self.take()
            elif not self.at_mark(")"):
                break
        self.close()
        return Term(1.0, name.text, settings, name.at)

    def value(self, key: Token) -> str:
        """The text up to the comma or parenthesis that ends a value; brackets hold a list."""
        start = at = self.next.at
        depth = 0
        while at < len(self.text) and not (depth == 0 and self.text[at] in ",)"):
            depth += (self.text[at] in "([") - (self.text[at] in ")]")
            at += 1
        while self.next.at < at and self.next.kind != "end":
            self.take()
        value = self.text[start:at].strip().strip("'\"")
        if not value:
            raise self.wrong(f"{key.text} has no value", f"Write {key.text}=VALUE.")
        return value[1:-1].replace(" ", "") if value[0] in "[(" and value[-1] in "])" else value

    def close(self) -> None:
        if not self.at_mark(")"):
            raise self.wrong("a closing parenthesis is missing")
        self.take()
