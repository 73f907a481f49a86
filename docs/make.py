"""Writes what follows from the code: the index and pages of the losses, tables, outputs, sample values, the listing,
and in the docstrings of the Python interface what the table of run options says.

python docs/make.py            rewrite
python docs/make.py --check    exit 1 and name the files that are not current

Last digits that another processor computes otherwise stay as they are written.
"""

from __future__ import annotations

import io
import json
import os
import re
import shlex
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "docs")]
sys.path.append(str(ROOT / "tests"))

import curves  # noqa: E402
import kernel_bounds  # noqa: E402
import keywords  # noqa: E402
import libraries_page  # noqa: E402
import loss_index  # noqa: E402
import vectors_of_losses  # noqa: E402
from printed_numbers import numbers_of, settled  # noqa: E402

from losscli.cli.main import run  # noqa: E402
from losscli.core.registry import everything, index  # noqa: E402
from losscli.report.pages.convention_page import calls_table, proof_table  # noqa: E402
from losscli.report.pages.loss_page import as_markdown, by_task, overview  # noqa: E402

PARITY = """# The number that your framework reports

Written by `docs/make.py` from the declarations of the losses.

The same name often stands for several numbers: frameworks differ in the kind of input, in small constants that they
add or clip at, and in what a mean divides by. losscli adds and clips nothing unless it is asked to. `--like NAME`
computes as a framework does:

```bash
losscli compute bce sample_data/cancer/probs.npy sample_data/cancer/labels.npy --like keras
```

An option beside `--like` overrides that one setting of the framework: `--like keras --reduction sum`. A framework
that does not have a loss is an error that says which ones do. If you have a number and do not know how it was
computed, `losscli reconcile` [searches for it](reconcile.md).

How these values were compared with those of the frameworks themselves, and the few that differ, is on a page of its
own: [Proof](parity_proof.md).

## A call from your code

`--like` also takes a call as it stands in a program. It is read and never run, and each of its arguments is honoured
or refused by its name:

```bash
losscli compute scores.npy labels.npy --like "torch.nn.CrossEntropyLoss(ignore_index=255, label_smoothing=0.1)"
losscli compute scores.npy labels.npy --like "F.cross_entropy(z.view(-1, z.size(-1)), y.view(-1))"
losscli show --like "tf.keras.losses.BinaryFocalCrossentropy(gamma=2, from_logits=True)"
```

The loss need not be named, since the call says which it is. Names such as `z` stand for the two files, in the order
of the command; `.view(-1, z.size(-1))`, `.permute(...)` and `.transpose(...)` say which axis holds the classes. An
option beside the call overrides what the call says. `losscli show --like CALL` prints the command that computes the
same. A value that stands elsewhere in the program, as in `weight=class_weights`, has to be written out, or given by
an option.

## What each framework computes

*What it changes* names the settings that differ from losscli's own; `losscli show LOSS --help-all` explains them.
Where a framework has several calls of a loss, `--like NAME` takes the one that fits your labels, `--input` and the
parameters.

{table}"""

PROOF = """# Proof: the values of frameworks

Written by `docs/make.py` from `tests/golden/measured.json`, which `python tests/golden/measure.py` makes of the
values that the frameworks themselves printed (`tests/golden/`).

Each framework was run on many small inputs, and `--like` on the same. *Values compared* counts the results. The
deviation is the largest of them: in units in the last place (ulp) of float32 where the framework computes in float32,
else relative to the value. `paper` and `document` have no framework to ask; their cases are computed by hand.

{table}
## What differs, and why

Each entry names the framework, the loss, and a pattern of the cases that it is about.

{exceptions}"""


def output(command: str) -> str:
    """What a command prints, run at the top of the checkout. `<` redirects; comments are dropped."""
    words = shlex.split(command, comments=True)
    source = words.pop(words.index("<") + 1) if "<" in words else None
    words = [word for word in words if word != "<"]
    stdin = sys.stdin
    out, err = io.TextIOWrapper(io.BytesIO(), encoding="utf-8"), io.StringIO()
    with open(ROOT / source if source else os.devnull, encoding="utf-8") as sys.stdin:
        try:
            with redirect_stdout(out), redirect_stderr(err):
                code = run(words[1:])
        finally:
            sys.stdin = stdin
    out.flush()
    if code > 1:  # 1 is a finding, and what it says is the output
        raise SystemExit(f"{command}\nexits with {code}: {err.getvalue()}")
    return out.buffer.getvalue().decode()  # type: ignore[attr-defined]


def between(text: str, begin: str, end: str, body: str) -> str:
    """The text with the body between two marker lines."""
    pattern = re.compile(re.escape(begin) + r"\n.*?" + re.escape(end), re.S)
    if not pattern.search(text):
        raise SystemExit(f"no marker {begin}")
    return pattern.sub(lambda _: f"{begin}\n{body}{end}", text)


def readme_commands(text: str) -> list[str]:
    """Every losscli command in the README's code blocks that computes a value and writes no file."""
    blocks = re.findall(r"```bash\n(.*?)```", text, re.S)
    lines = [line for block in blocks for line in block.splitlines()]
    return [line for line in lines if line.startswith("losscli compute") and "--per-sample" not in line]


def example_commands() -> list[str]:
    """The example of every loss."""
    from losscli.report.pages.loss_page import example

    return [example(loss) for loss in everything().values()]


def number(command: str) -> str:
    """The value that a command prints, as many digits as it has."""
    bare = re.sub(r" (--json|--format \w+)", "", command.split("  #")[0])
    words = shlex.split(bare, comments=True)
    at = words.index("<") if "<" in words else len(words)
    return output(shlex.join([*words[:at], "--format", "value"]) + (f" < {words[at + 1]}" if at < len(words) else ""))


def sample_values(readme: str) -> str:
    """The table of the values that the README's and the losses' commands print."""
    lines = ["| command | value |", "|---|---|"]
    for command in dict.fromkeys([*readme_commands(readme), *example_commands()]):
        words = shlex.join(shlex.split(command, comments=True)).replace("'<'", "<")
        lines.append(f"| `{words}` | {number(command).strip()} |")
    return "\n".join(lines) + "\n"


def parity_page() -> str:
    """What each framework computes, for users."""
    return PARITY.format(table=calls_table(everything()))


def proof_page() -> str:
    """What the goldens measured of every loss under every framework."""
    folder = ROOT / "tests" / "golden"
    measured = json.loads((folder / "measured.json").read_text(encoding="utf-8"))
    table = proof_table(everything(), measured["pairs"])
    return PROOF.format(table=table, exceptions=exceptions(measured["exceptions"]))


def exceptions(found: list[dict[str, str]]) -> str:
    """The goldens that are not met, as a list."""
    return "".join(f"- {each['framework']}, {each['loss']} (`{each['cases']}`): {each['reason']}\n" for each in found)


# the pages written by hand; outputs in them are written here
PAGES = (
    "batch", "ci", "comparing", "configuration", "data", "glossary", "groups", "howto", "index", "inspect", "numbers",
    "pictures", "python", "reconcile", "report", "scale",
)  # fmt: skip
BY_HAND = ("README.md", "CONTRIBUTING.md", *(f"docs/{name}.md" for name in PAGES))


def printed(text: str) -> list[str]:
    """The commands of a page whose outputs it shows."""
    return re.findall(r"<!-- begin output: (.*?) -->", text)


def unrounded(text: str) -> list[float]:
    """The numbers that the page's commands print, before they are rounded."""
    return [
        number for command in printed(text) for number in numbers_of(json.loads(output(f"{command} --format json")))
    ]


def with_outputs(text: str) -> str:
    """A page with what its commands print."""
    for command in printed(text):
        body = f"```\n{output(command)}```\n"
        text = between(text, f"<!-- begin output: {command} -->", "<!-- end output -->", body)
    return text


def with_files(text: str) -> str:
    """A page with the files that it shows whole."""
    for name in re.findall(r"<!-- begin file: (.*?) -->", text):
        suffix = name.rpartition(".")[2]
        body = f"```{'python' if suffix == 'py' else suffix}\n{(ROOT / name).read_text(encoding='utf-8')}```\n"
        text = between(text, f"<!-- begin file: {name} -->", "<!-- end file -->", body)
    return text


def with_picture(text: str, name: str, pictures: dict[Path, str]) -> str:
    """The page of a loss with its picture below the heading, if it has one."""
    if curves.FOLDER / f"{name}.svg" not in pictures:
        return text
    heading, _, rest = text.partition("\n")
    return f"{heading}\n\n![What a row costs](curves/{name}.svg)\n{rest}"


def pages() -> dict[Path, str]:
    """Every generated file with the text it must have, its last digits as they are written."""
    return {path: current(path, text) for path, text in computed_pages().items()}


def current(path: Path, computed: str) -> str:
    """What the file must hold, given what this machine computes."""
    if not path.exists() or path.parent == vectors_of_losses.FOLDER:  # which holds nothing that is computed here
        return computed
    written = path.read_text(encoding="utf-8")
    return settled(written, computed, lambda: unrounded(written))


def computed_pages() -> dict[Path, str]:
    """The same with the numbers that this machine computes."""
    losses = everything()
    by_hand = {ROOT / name: with_files(with_outputs((ROOT / name).read_text(encoding="utf-8"))) for name in BY_HAND}
    readme = by_hand[ROOT / "README.md"]
    readme = between(readme, "<!-- begin losses -->", "<!-- end losses -->", by_task(losses, "docs/losses.md"))
    source = (ROOT / "sample_data" / "SOURCE.md").read_text(encoding="utf-8")
    source = between(source, "<!-- values:begin -->", "<!-- values:end -->", sample_values(readme))
    numbers_page = by_hand[ROOT / "docs" / "numbers.md"]
    bounds = kernel_bounds.table(json.loads(kernel_bounds.MEASURED.read_text(encoding="utf-8")))
    reference = "# The losses\n\nWritten by `docs/make.py` from the declarations.\n\n## By task\n\n"
    reference += by_task(losses) + "\n## All of them\n\n" + overview(losses) + "\n"
    pictures = curves.pages(losses)
    reference += "\n".join(with_picture(as_markdown(loss), loss.name, pictures) for loss in losses.values())
    functions = {ROOT / keywords.path_of(name): name for name in keywords.FUNCTIONS}
    return {
        **by_hand,
        **vectors_of_losses.pages(losses),
        **pictures,
        **{path: keywords.text(name, path.read_text(encoding="utf-8")) for path, name in functions.items()},
        ROOT / "docs" / "numbers.md": between(numbers_page, "<!-- begin bounds -->", "<!-- end bounds -->", bounds),
        ROOT / "docs" / "parity.md": parity_page(),
        ROOT / "docs" / "parity_proof.md": proof_page(),
        ROOT / "README.md": readme,
        ROOT / "sample_data" / "SOURCE.md": source,
        ROOT / "docs" / "losses.md": reference,
        ROOT / "docs" / "libraries.md": libraries_page.page(losses),
        ROOT / "tests" / "goldens" / "list.txt": output("losscli list"),
    }


def write_index(check: bool) -> list[str]:
    """Bring the index of the losses up to date, before anything reads it, and what `list` says of them; the paths of
    those that were not current.
    """
    stale, folder = [], ROOT / "losscli" / "losses"
    for path, text in ((folder / "index.py", loss_index.text()), (folder / "catalogue.py", loss_index.catalogue())):
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(path.relative_to(ROOT).as_posix())
        if not check:
            path.write_text(text, encoding="utf-8")
            sys.modules.pop(f"losscli.losses.{path.stem}", None)
            index.cache_clear()
    return stale


def main() -> None:
    check = "--check" in sys.argv
    stale = write_index(check)
    for path, text in pages().items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(path.relative_to(ROOT).as_posix())
            if not check:
                path.parent.mkdir(exist_ok=True)
                path.write_text(text, encoding="utf-8")
    if stale:
        print(("not current: " if check else "written: ") + ", ".join(stale))
        sys.exit(check)


if __name__ == "__main__":
    os.chdir(ROOT)
    main()
