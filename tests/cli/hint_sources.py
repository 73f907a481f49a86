"""The hints that the code can print: every text that says to type an option, found in the source."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import losscli

ROOT = Path(losscli.__file__).parent
# the folders and files whose hints depend on the files at hand, or on what was typed beside them
_LISTS = ("report/pictures/registry.py",)  # of what a picture shows
PLACES = ("api", "cli", "core", "engine", "inspection", "losses", "reconciliation", "report", "sources", "stats")
# what declares a loss, an option or a command: its texts are of help and pages
DECLARATIONS = frozenset({
    "Param", "Role", "RunOption", "argument", "call", "command", "loss", "option",
})  # fmt: skip
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
        for file in sorted(path.rglob("*.py")):
            if file.relative_to(ROOT).as_posix() in _LISTS:
                continue
            tree = ast.parse(file.read_text(encoding="utf-8"))
            for text in _texts(tree if "commands" not in file.parts else _raised(tree)):
                if _OPTION.search(text) and _ORDER.search(text):
                    yield file.relative_to(ROOT).as_posix(), text


def _raised(tree: ast.Module) -> ast.Module:
    """The statements that raise alone: the other texts of a command are its help."""
    return ast.Module([node for node in ast.walk(tree) if isinstance(node, ast.Raise)], [])


def _texts(tree: ast.Module) -> Iterator[str]:
    """The texts of a module, but for docstrings."""
    passed = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
    passed -= {id(node) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in DECLARATIONS:
            passed |= {id(part) for part in ast.walk(node)}
        if isinstance(node, ast.Dict):  # of declarations too
            texts = [(getattr(key, "value", None), value) for key, value in zip(node.keys, node.values, strict=True)]
            passed |= {id(part) for key, value in texts if key == "help" for part in ast.walk(value)}
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


def stands_in(text: str, message: str) -> bool:
    """Whether a message has the text, whatever was filled in."""
    at = 0
    for part in text.split("{}"):
        start = message.find(part, at)
        if start < 0:
            return False
        at = start + len(part)
    return True
