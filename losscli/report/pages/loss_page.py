"""All about one loss, as sections of lines: `losscli show` prints them, the documentation is made of them."""

from __future__ import annotations

import shlex
from typing import Any

from ...core.arrays.inputs import FORMS, KINDS
from ...core.declarations.conventions import FRAMEWORKS
from ...core.families import by_family
from ...core.loss import Loss
from ...core.registry import origin

OTHERS = {  # libraries without a convention here
    "tf2": "TensorFlow 2",
    "tfa": "TensorFlow Addons",
    "pml": "pytorch-metric-learning",
    "insightface": "InsightFace",
}

Section = tuple[str, list[str]]


def forms(loss: Loss) -> tuple[str, ...]:
    """Every form of labels the loss may take, in order."""
    if not callable(loss.label):
        return tuple(name for name in loss.label if name != "none")
    defaults = {param.name: param.default for param in loss.params}
    names: list[str] = list(loss.label(defaults))
    for param in loss.params:
        for value in getattr(param.domain, "values", ()):
            names += [form for form in loss.label({**defaults, param.name: value}) if form not in names]
    return tuple(name for name in names if name != "none")


def parameters(loss: Loss) -> list[tuple[str, str, str, str]]:
    """(option, rule, default, help) of each parameter and role."""
    table = []
    for param in loss.params:
        default = "none" if param.default is None else f"{param.default}"
        table.append(("--" + param.name.replace("_", "-"), param.rule(), default, param.help))
    for role in loss.roles:
        if not role.internal:
            need = "required" if role.required else "none"
            table.append(("--" + role.name.replace("_", "-"), f"SPEC {role.shape}", need, role.help))
    return table


def elsewhere(loss: Loss) -> list[str]:
    """What frameworks call it: those that --like knows, then the others."""
    lines = []
    for key, calls in loss.like.items():
        texts = [each.text + (f" ({each.note})" if each.note else "") for each in calls]
        lines.append(f"--like {key}: {'; '.join(texts)}")
    titles = {**OTHERS, **{key: each.title for key, each in FRAMEWORKS.items()}}
    return lines + [f"{titles.get(key, key)}: {text}" for key, text in loss.elsewhere.items()]


def facts(loss: Loss) -> list[str]:
    """Its unit, its best value, and the laws it is held to, as one line."""
    unit = f"Unit: {loss.unit}. " if loss.unit else ""
    best = "" if loss.best is None else f"Best value: {loss.best:g}. "
    declared = f"Declared and tested: {', '.join(sorted(loss.facts))}." if loss.facts else ""
    return [(unit + best + declared).strip()]


def example(loss: Loss) -> str:
    """A command that computes the loss on the sample data."""
    words = (loss.example or "preds.npy labels.npy").split()
    if len({part.loss.pred[0] for part in loss.parts}) > 1:
        words += ["--input", loss.pred[0]]
    return " ".join(
        ["losscli compute", shlex.quote(loss.name), *(f"sample_data/{w}" if "/" in w else w for w in words)]
    )


def paragraphs(loss: Loss) -> list[str]:
    """The declaration's text: what it is, when to use it, shapes, edges, each as one line."""
    lines: list[str] = []
    for line in filter(None, loss.doc.splitlines()):
        if not lines or line.startswith(("Use ", "Shapes:", "Notes:", "Edges:")):
            lines.append(line)
        else:
            lines[-1] += f" {line}"
    return lines


def sections(loss: Loss, *, knobs: bool = True) -> list[Section]:
    """The page, section by section; without `knobs` the parameters that only frameworks' numbers need are counted."""
    page: list[Section] = [("", paragraphs(loss))]
    page.append(("Formula", [loss.formula_text]))
    page.append(("Predictions (--input)", [f"{kind}: {KINDS[kind].help}" for kind in loss.pred]))
    if labels := forms(loss):
        page.append(("Labels (by shape)", [f"{form}: {FORMS[form].help}" for form in labels]))
    folded = set() if knobs else {"--" + each.name.replace("_", "-") for each in loss.params if each.knob}
    if table := parameters(loss):
        lines = [
            f"{option}  {help_}; {rule} (default {default})"
            for option, rule, default, help_ in table
            if option not in folded
        ]
        if folded:
            lines.append(f"losscli show {loss.name} --help-all has {len(folded)} more, which --like sets.")
        page.append(("Parameters", lines))
    page.append(("Reduction", [", ".join(loss.reductions) + f" (default {loss.reductions[0]})"]))
    page.append(("Facts", facts(loss)))
    if loss.like or loss.elsewhere:
        page.append(("Elsewhere", elsewhere(loss)))
    if loss.errata:
        page.append(("Beware", [loss.errata]))
    page.append(("Source", [str(loss.source)]))
    if loss.aliases:
        page.append(("Also called", [", ".join(loss.aliases)]))
    if package := origin(loss.name):
        page.append(("Plugin", [f"This loss is of the installed package {package}."]))
    page.append(("Example", [example(loss)]))
    return page


def as_text(loss: Loss, width: int, *, knobs: bool = True) -> str:
    """The page for a terminal or a pipe; without `knobs` as most people need it."""
    import textwrap

    lines = [loss.name]
    for title, body in sections(loss, knobs=knobs):
        lines += ["", title] if title else []
        for line in body:
            hanging = "    " if title else "  "
            lines += textwrap.wrap(
                line,
                width,
                initial_indent="  ",
                subsequent_indent=hanging,
                break_long_words=False,
                break_on_hyphens=False,
            )
    return "\n".join(lines) + "\n"


def as_data(loss: Loss) -> dict[str, Any]:
    """The page as data."""
    return {
        "name": loss.name,
        "aliases": list(loss.aliases),
        "family": loss.family,
        "summary": loss.summary,
        "description": "\n".join(paragraphs(loss)),
        "formula": loss.formula_text,
        "inputs": list(loss.pred),
        "labels": list(forms(loss)),
        "parameters": [
            {"option": option, "rule": rule, "default": default, "help": help_}
            for option, rule, default, help_ in parameters(loss)
        ],
        "reductions": list(loss.reductions),
        "unit": loss.unit,
        "best": loss.best,
        "facts": sorted(loss.facts),
        "like": {key: [each.text for each in calls] for key, calls in loss.like.items()},
        "elsewhere": dict(loss.elsewhere),
        "errata": loss.errata,
        "source": str(loss.source),
    }


def as_markdown(loss: Loss) -> str:
    """The page for the documentation."""
    lines = [f"## {loss.name}", ""]
    for title, body in sections(loss):
        if not title:
            lines += [*body, ""]
        elif title in ("Formula", "Example"):
            lines += [f"**{title}**", "", "```", *body, "```", ""]
        elif title == "Parameters":
            lines += ["**Parameters**", "", "| option | meaning | rule | default |", "|---|---|---|---|"]
            lines += [
                f"| `{option}` | {_cell(help_)} | {_cell(rule)} | {default} |"
                for option, rule, default, help_ in parameters(loss)
            ]
            lines.append("")
        else:
            lines += [f"**{title}**", "", *(f"- {line}" for line in body), ""]
    return "\n".join(lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def overview(losses: dict[str, Loss]) -> str:
    """The table of all losses, in Markdown."""
    lines = ["| loss | what it is | input | also called |", "|---|---|---|---|"]
    for name, loss in losses.items():
        lines.append(f"| `{name}` | {_cell(loss.summary.rstrip('.'))} | {loss.pred[0]} | {', '.join(loss.aliases)} |")
    return "\n".join(lines) + "\n"


def by_task(losses: dict[str, Loss], link: str = "") -> str:
    """The losses of each family on one line, in Markdown, with the name that most people know; `link` is their page."""
    lines = ["| for | losses, with another name of each |", "|---|---|"]
    for family, members in by_family(losses.values()).items():
        names = [
            f"[`{loss.name}`]({link}#{loss.name})" + (f" ({loss.aliases[0]})" if loss.aliases else "")
            for loss in members
        ]
        lines.append(f"| {family} | {', '.join(names)} |")
    return "\n".join(lines) + "\n"
