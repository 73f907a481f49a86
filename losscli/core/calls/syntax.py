"""A call as text, taken apart: the name that is called, its arguments, and what is done with the result.

The text is parsed to a syntax tree, which is looked at and never run.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

from ..errors import UsageProblem
from ..record import record
from ..safe_text import shown
from .values import value_of

LONGEST = 10_000
# Methods of a loss or of its result that change no digit.
_NEUTRAL = {"to", "cpu", "cuda", "detach", "item", "numpy", "tolist", "eval", "train", "backward", "float", "double"}
_MEANS = {"mean", "reduce_mean", "average"}
_SUMS = {"sum", "reduce_sum"}


@record
class WrittenCall:
    """A call as it is written. `arguments` are those by position, `named` those by name; a class has the arguments of
    its constructor there, and those of the call of its object in `data` and `named_data`, which are None where the
    object is not called. `reduced` is "mean" or "sum" where that is taken of the result.
    """

    text: str
    name: str
    arguments: tuple[Any, ...]
    named: Mapping[str, Any]
    data: tuple[Any, ...] | None = None
    named_data: Mapping[str, Any] | None = None
    reduced: str = ""


def parsed(text: str) -> WrittenCall:
    """The call that a text is; what is none, or more than one, is a UsageProblem."""
    node = _one_expression(text)
    reduced = ""
    while True:
        node, step = _unwrapped(node)
        if step is None:
            break
        if step and reduced:
            raise _refused(text, "has a mean or a sum of a mean or a sum")
        reduced = reduced or step
    if isinstance(node, ast.Attribute | ast.Name):
        return WrittenCall(text, _name(node, text), (), {}, reduced=reduced)
    if not isinstance(node, ast.Call):
        raise _refused(text, "is no call")
    inner = _without_neutral(node.func)
    if isinstance(inner, ast.Call):
        made, data = inner, node
        return WrittenCall(
            text, _name(made.func, text), *_arguments(made, text), *_arguments(data, text), reduced=reduced
        )
    return WrittenCall(text, _name(node.func, text), *_arguments(node, text), reduced=reduced)


def _one_expression(text: str) -> ast.expr:
    if len(text) > LONGEST:
        raise _refused(text[:40] + "...", f"is longer than {LONGEST} characters")
    try:
        body = ast.parse(text.strip()).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise _refused(text, "is not a call as Python writes one") from None
    statement = body[0] if len(body) == 1 else None
    if isinstance(statement, ast.Assign | ast.AnnAssign | ast.Expr | ast.Return) and statement.value is not None:
        return statement.value
    raise _refused(text, "is not one call")


def _refused(text: str, why: str) -> UsageProblem:
    return UsageProblem(
        f"--like {shown(text, 60)} {why}.",
        'It takes a framework, as in --like torch, or a call, as in --like "nn.CrossEntropyLoss(ignore_index=255)".',
        kind="bad_call",
        options=("like",),
    )


def _unwrapped(node: ast.expr) -> tuple[ast.expr, str | None]:
    """The node within a mean, a sum or a step that changes nothing, and which it was; None where it is none of them."""
    if not isinstance(node, ast.Call):
        return node, None
    if isinstance(node.func, ast.Attribute) and isinstance(_without_neutral(node.func.value), ast.Call):
        step = _step(node.func.attr)  # loss_of(x, y).mean()
        if step is not None and not _has_data(node):
            return node.func.value, step
    name = _last_name(node.func)
    if name == "float" or name in _MEANS | _SUMS:  # np.mean(loss_of(x, y))
        inner = node.args[0] if len(node.args) == 1 and not node.keywords else None
        if isinstance(inner, ast.Call):
            return inner, _step(name)
    return node, None


def _step(method: str) -> str | None:
    if method in _NEUTRAL:
        return ""
    return "mean" if method in _MEANS else "sum" if method in _SUMS else None


def _has_data(node: ast.Call) -> bool:
    """Whether a method is given arguments that count; a device or a dtype does not."""
    return bool(node.args) and isinstance(node.func, ast.Attribute) and node.func.attr in _MEANS | _SUMS


def _without_neutral(node: ast.expr) -> ast.expr:
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _NEUTRAL:
        if not isinstance(node.func.value, ast.Call):
            break
        node = node.func.value
    return node


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _name(part: ast.expr, text: str) -> str:
    """The dotted name of what is called."""
    parts: list[str] = []
    while isinstance(part, ast.Attribute):
        parts.append(part.attr)
        part = part.value
    if not isinstance(part, ast.Name):
        raise _refused(text, "calls something that has no name")
    return ".".join([part.id, *reversed(parts)])


def _arguments(node: ast.Call, text: str) -> tuple[tuple[Any, ...], dict[str, Any]]:
    named: dict[str, Any] = {}
    for keyword in node.keywords:
        if keyword.arg is None:
            raise _refused(text, f"has arguments that are not written out (**{ast.unparse(keyword.value)})")
        named[keyword.arg] = value_of(keyword.value)
    starred = next((each for each in node.args if isinstance(each, ast.Starred)), None)
    if starred is not None:
        raise _refused(text, f"has arguments that are not written out ({ast.unparse(starred)})")
    return tuple(map(value_of, node.args)), named
