"""The hints that the code can print: every text that says to type an option, found in the source."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import losscli

ROOT = Path(losscli.__file__).parent
# the folders and files whose hints depend on the files at hand, or on what was typed beside them
PLACES = (
    "sources", "core/arrays", "core/undeclared.py", "engine/missing.py", "engine/memory.py", "stats/uncertainty.py",
)  # fmt: skip
_OPTION = re.compile(r"(?<![\w-])--(?:no-)?[a-z][a-z-]+")
# how a text begins that says what to type, and how an option stands in one: "say --stack", "such as --pred a"
_ORDER = re.compile(
    r"(?i)\b(say|says|add|use|give|name|write|type|try|leave out|allow|with|such as|means?|are|is|in|them|gives|lists)"
    r"\b[^.]*--|--[a-z-]+ \S+ (leaves|pairs|gives|lists|counts|takes|reads)\b|or --"
)


def hints() -> Iterator[tuple[str, str]]:
    """Each hint with the file that it stands in; what is filled in at run time is {}."""
    for place in PLACES:
        path = ROOT / place
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            for text in _texts(ast.parse(file.read_text(encoding="utf-8"))):
                if _OPTION.search(text) and _ORDER.search(text):
                    yield file.relative_to(ROOT).as_posix(), text


def _texts(tree: ast.Module) -> Iterator[str]:
    """The texts of a module, but for docstrings."""
    passed = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
    passed -= {id(node) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)}
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr):
            passed.add(id(body[0].value))
    for node in ast.walk(tree):
        if id(node) in passed:
            continue
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def pattern_of(text: str) -> re.Pattern[str]:
    """What finds the text in a message."""
    return re.compile(".*".join(map(re.escape, text.split("{}"))), re.DOTALL)
