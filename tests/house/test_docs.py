"""The documentation says what the code does: generated parts are current, commands and numbers are true."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest
from conftest import ROOT

from losscli.cli.program import COMMANDS
from losscli.core.registry import everything

README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [
    "README.md",
    "CONTRIBUTING.md",
    "sample_data/SOURCE.md",
    *sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md")),
]


@pytest.fixture(scope="module")
def make() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_make", ROOT / "docs" / "make.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def pages(make: ModuleType, request: pytest.FixtureRequest) -> dict[str, str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        return {path.relative_to(ROOT).as_posix(): text for path, text in make.pages().items()}


@pytest.mark.parametrize("name", PAGES)
def test_generated_pages_are_current(pages: dict[str, str], name: str) -> None:
    assert (ROOT / name).read_text(encoding="utf-8") == pages[name], "run python docs/make.py"


@pytest.mark.parametrize("function", ["compute", "compare", "slices", "sweep", "reconcile", "inspect"])
def test_docstrings_say_what_the_table_of_options_says(pages: dict[str, str], function: str) -> None:
    path = f"losscli/api/{function}.py"
    assert (ROOT / path).read_text(encoding="utf-8") == pages[path], "run python docs/make.py"


@pytest.mark.parametrize(
    "page", [name for name in PAGES if "<!-- begin output" in (ROOT / name).read_text(encoding="utf-8")]
)
def test_what_the_pages_rounded_can_be_told(make: ModuleType, page: str) -> None:
    """A last printed digit is compared with the number before it was rounded, so every command can give it."""
    numbers = make.unrounded((ROOT / page).read_text(encoding="utf-8"))
    assert all(isinstance(number, float) for number in numbers)
    assert numbers


def test_last_digits_are_not_written_anew(make: ModuleType, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("| `losscli compute ctc` | 0.6311612103050898 |\n| rows | 4 |\n")
    computed = page.read_text().replace("0898", "0899")
    assert make.current(page, computed) == page.read_text()
    assert make.current(page, computed.replace("4", "5", 1)) != page.read_text()
    assert make.current(tmp_path / "new.md", computed) == computed


def test_what_was_measured_is_of_these_goldens() -> None:
    """The page of proof counts the goldens that are there, and tells every exception."""
    import json

    from golden.compare import goldens, pairs
    from golden.exceptions import EXCEPTIONS

    measured = json.loads((ROOT / "tests" / "golden" / "measured.json").read_text(encoding="utf-8"))
    counts = {f"{name} {loss}": sum(case.loss == loss for case in goldens(name)) for name, loss in pairs()}
    assert {key: each["goldens"] for key, each in measured["pairs"].items()} == counts, "run tests/golden/measure.py"
    assert [each["reason"] for each in measured["exceptions"]] == list(EXCEPTIONS.values())


def test_readme_tries_every_kind_of_source(make: ModuleType) -> None:
    commands = " ".join(make.readme_commands(README))
    for kind in (".npy", ".csv", ".parquet", " - "):
        assert kind in commands


def test_readme_python_example() -> None:
    import losscli

    example = re.search(r"```python\n(.*?)```", README, re.S)
    assert example is not None
    names: dict[str, object] = {}
    exec(example[1], names)
    result = names["result"]
    assert isinstance(result, losscli.Result)
    assert result.value == losscli.compute("focal", [2.0, -1.0, 0.5], [1, 0, 1]).value


def test_every_command_is_in_the_pages() -> None:
    text = "".join((ROOT / name).read_text(encoding="utf-8") for name in PAGES)
    for command in COMMANDS:
        assert f"losscli {command}" in text


@pytest.mark.parametrize("name", PAGES)
def test_links_between_pages_lead_somewhere(name: str) -> None:
    page = ROOT / name
    for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_every_loss_has_a_complete_page() -> None:
    for name, loss in everything().items():
        assert loss.summary.endswith("."), name
        for part in ("Shapes:", "Use it"):
            assert part in loss.doc, f"{name} lacks {part}"
        assert "Notes:" in loss.doc or "Edges:" in loss.doc, name
        assert loss.family, name
        assert loss.example, name
        assert loss.cases, name
        assert loss.formula_function is not None, name
