"""What `--like FRAMEWORK` means for a loss: its calls, what they change, and the framework's own rules."""

from __future__ import annotations

from typing import Any

from ...core.declarations.conventions import Call, Framework, framework_of
from ...core.loss import Loss


def as_text(loss: Loss, like: str) -> str:
    """The page for a terminal or a pipe."""
    calls, framework = loss.calls(like, None, {}), framework_of(like)
    lines = [f"{loss.name} like {like}: {framework.title}" + (f" {framework.version}" if framework.version else "")]
    for each in calls:
        lines += ["", f"  {each.text}"]
        lines += [f"    {name} {value}" for name, value in settings(loss, framework, each).items()]
        if each.note:
            lines.append(f"    {each.note}")
    lines += ["", "  All its losses"]
    lines += [f"    {name} {value}" for name, value in rules(framework).items()]
    if framework.note:
        lines.append(f"    {framework.note}")
    return "\n".join(lines) + "\n"


def as_data(loss: Loss, like: str) -> dict[str, Any]:
    """The page as data."""
    calls, framework = loss.calls(like, None, {}), framework_of(like)
    return {
        "loss": loss.name,
        "like": like,
        "title": framework.title,
        "version": framework.version,
        "rules": rules(framework),
        "calls": [{"call": each.text, "knobs": _plain(settings(loss, framework, each))} for each in calls],
    }


def settings(loss: Loss, framework: Framework, each: Call) -> dict[str, Any]:
    """Every knob of a call, resolved: what it sets, then the loss's own defaults."""
    own = each.settings()
    if "reduction" not in own and "mean" in loss.reductions:
        own.setdefault("denominator", framework.denominator)
    defaults = {param.name: param.default for param in loss.params if param.name not in own}
    return {name: "none" if value is None else value for name, value in {**own, **defaults}.items()}


def rules(framework: Framework) -> dict[str, Any]:
    """What the framework does whatever the loss."""
    values = {None: "an error", 0.0: "0"}
    return {
        "floats": "as the input" if framework.dtype == "input" else framework.dtype,
        "denominator": framework.denominator,
        "weights": "taken" if framework.weights else "not taken",
        "no rows": values.get(framework.empty, "nan"),
        "all weights zero": values.get(framework.zero_weight, "nan"),
        "nan": framework.nan,
    }


def _plain(knobs: dict[str, Any]) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in knobs.items()}


def calls_table(losses: dict[str, Loss]) -> str:
    """Every call that `--like` computes as, and what it changes in the loss, in Markdown."""
    lines = ["| loss | --like | its call | what it changes |", "|---|---|---|---|"]
    for name, loss in losses.items():
        for like, calls in loss.like.items():
            for i, each in enumerate(calls):
                changes = ", ".join(f"{k} {v}" for k, v in each.settings().items()) or "nothing"
                lines.append(_table_line([name if i == 0 else "", like if i == 0 else "", f"`{each.text}`", changes]))
    return "\n".join(lines) + "\n"


def proof_table(losses: dict[str, Loss], measured: dict[str, dict[str, Any]]) -> str:
    """What was measured of every loss under every framework, in Markdown; `measured` is by 'framework loss'."""
    lines = ["| loss | --like | values compared | largest deviation |", "|---|---|---:|---|"]
    for name, loss in losses.items():
        for like in loss.like:
            seen = measured.get(f"{like} {name}", {})
            lines.append(_table_line([name, like, str(seen.get("goldens", "")), str(seen.get("deviation", ""))]))
    return "\n".join(lines) + "\n"


def _table_line(cells: list[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
