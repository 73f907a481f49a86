"""The house keeps its walls: who imports whom, what starting up costs, how long a file may be."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache, wraps
from pathlib import Path

import pytest
from conftest import ROOT, environment

PACKAGE = ROOT / "losscli"
FILES = sorted(path for path in PACKAGE.rglob("*.py"))

# layer -> the layers it may import from ("" is losscli itself, whose names are lazy)
LAYERS = {"core", "losses", "sources", "report", "engine", "stats", "inspection", "reconciliation"}
ALLOWED = {
    "core": {"core"},
    "losses": {"core", "losses"},
    "sources": {"core", "sources"},
    "report": {"core", "report"},
    "engine": {"core", "losses", "sources", "engine"},
    "stats": {"core", "losses", "sources", "engine", "stats"},
    "inspection": {"core", "losses", "sources", "engine", "stats", "inspection"},
    "reconciliation": {"core", "losses", "sources", "engine", "stats", "reconciliation"},
    "api": {"api", *LAYERS},  # what may be asked: the Python interface, on which the command line runs
    "declare": {"core"},  # what a package that declares losses imports
    "testing": {"core", "testing"},  # the laws of losses, for such a package and for the tests here
    "__init__": {"api", *LAYERS},
    "__main__": {"cli"},
    "cli": {"cli", "api", "testing", *LAYERS},
}
# where a package outside the standard library may be imported; numpy may be, everywhere but in cli
HOMES = {
    "click": ("cli/",),
    "rich": ("report/renderers/as_table.py", "report/renderers/box_drawing.py", "cli/progress.py"),
    "pyarrow": ("sources/", "report/report_forms.py", "report/writing/saving.py", "report/writing/row_tables.py"),
    "pandas": ("sources/", "report/report_forms.py"),
    "dask": ("engine/dask.py",),
    "matplotlib": ("report/pictures/",),
    "mpmath": ("testing/",),
}
LAZY = {"pyarrow", "pandas", "dask", "matplotlib"}  # inside functions only
# a command's module has the name of the command; it is only ever imported as losscli.cli.commands.NAME
NAMED_AFTER_COMMANDS = {"cli/commands/list.py", "cli/commands/compare.py", "cli/commands/inspect.py", "api/inspect.py"}
MODULES = {path.stem for path in PACKAGE.iterdir() if path.is_dir() or path.suffix == ".py"}
FILE_LINES, FUNCTION_LINES = 300, 60
GENERATED = {
    "losses/index.py",
    "losses/catalogue.py",
    "core/declarations/proved_calls.py",
}  # tables, a line or some a loss

Rule = Callable[[Path], None]


def every_file(rule: Rule) -> Callable[[], None]:
    """A test that holds every file of the package to a rule, and names all that break it."""

    @wraps(rule)
    def test() -> None:
        broken = []
        for path in FILES:
            try:
                rule(path)
            except AssertionError as problem:
                broken.append(f"{path.relative_to(PACKAGE)}: {problem}")
        assert not broken, "\n".join(broken)

    del test.__wrapped__  # type: ignore[attr-defined]  # or pytest would see its parameter
    return test


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def layer(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


@cache
def nodes(path: Path) -> list[ast.AST]:
    return list(ast.walk(tree(path)))


@cache
def imports(path: Path) -> list[tuple[tuple[str, ...], ast.stmt]]:
    """(full dotted name in parts, statement) of every import, relative ones resolved."""
    return list(_imports(path))


def _imports(path: Path) -> Iterator[tuple[tuple[str, ...], ast.stmt]]:
    here = ("losscli", *path.relative_to(PACKAGE).parent.parts)
    for node in nodes(path):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield tuple(alias.name.split(".")), node
        elif isinstance(node, ast.ImportFrom):
            base = here[: len(here) - node.level + 1] if node.level else ()
            module = (*base, *(node.module.split(".") if node.module else ()))
            for alias in node.names:
                yield (*module, alias.name), node


def top_level(path: Path) -> set[ast.stmt]:
    """Statements that run when the module is imported."""
    inner = {
        node
        for function in nodes(path)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for node in ast.walk(function)
        if isinstance(node, ast.stmt) and node is not function
    }
    typing_only = {
        node
        for test in nodes(path)
        if isinstance(test, ast.If) and getattr(test.test, "id", "") == "TYPE_CHECKING"
        for node in ast.walk(test)
    }
    return {node for node in nodes(path) if isinstance(node, ast.stmt)} - inner - typing_only


@every_file
def test_imports_point_one_way(path: Path) -> None:
    mine = layer(path)
    assert mine in ALLOWED, f"{path} is in no layer of DESIGN section 2"
    for name, _ in imports(path):
        if name[0] != "losscli":
            continue
        is_module = len(name) > 1 and name[1] in MODULES
        theirs = name[1] if is_module else ""
        assert theirs in ALLOWED[mine], f"{mine} imports {'.'.join(name)}"
        if mine == theirs == "losses":
            assert any(part.startswith("_") for part in name[2:-1]), f"a loss imports the loss {name[-2]}"


def shown(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").as_posix()


def module_of(name: tuple[str, ...]) -> str | None:
    """The package's module that an import of this dotted name loads; None outside the package."""
    if name[0] != "losscli":
        return None
    for parts in (name[1:], name[1:-1]):  # a module, or a name within one
        for path in (PACKAGE.joinpath(*parts).with_suffix(".py"), PACKAGE.joinpath(*parts, "__init__.py")):
            if path.is_file():
                return shown(path)
    raise AssertionError(f"there is no {'.'.join(name)}")


def circles(imported: dict[str, set[str]]) -> set[tuple[str, ...]]:
    """The groups of modules each of which imports all of its group, be it by way of others."""

    def reached(start: str) -> set[str]:
        seen: set[str] = set()
        waiting = [start]
        while waiting:
            new = imported[waiting.pop()] - seen
            seen |= new
            waiting += new
        return seen

    reach = {module: reached(module) for module in imported}
    return {
        tuple(sorted(other for other in reach[module] if module in reach[other]))
        for module in imported
        if module in reach[module]
    }


def test_circles_are_seen() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b", "d"}, "d": set(), "e": {"e"}}) == {("b", "c"), ("e",)}


def test_no_files_import_each_other() -> None:
    """Neither at the top nor within functions, nor for types alone: who reads one file need not read a second to."""
    imported = {shown(path): {module for name, _ in imports(path) if (module := module_of(name))} for path in FILES}
    present = circles(imported)
    assert present == set()


def test_no_module_borrows_a_private_name() -> None:
    """A name with an underscore is its module's own; a module with one belongs to its folder."""
    borrowed = {
        (shown(path), ".".join(name[1:]))
        for path in FILES
        for name, _ in imports(path)
        if name[-1].startswith("_") and not name[-1].startswith("__")
        if (module := module_of(name)) and module.rpartition("/")[2] != name[-1]
    }
    assert borrowed == set()


@every_file
def test_packages_stay_in_their_homes(path: Path) -> None:
    relative = path.relative_to(PACKAGE).as_posix()
    for name, statement in imports(path):
        package = name[0]
        assert package != "dataclasses", f"{relative}: records cost a start less, see core/record.py"
        if package in ("losscli", "__future__") or package in sys.stdlib_module_names:
            continue
        if package == "numpy":
            assert layer(path) != "cli", f"{relative} imports numpy"
            continue
        assert package in HOMES, f"{relative} imports {package}"
        assert relative.startswith(HOMES[package]), f"{relative} imports {package}"
        if package in LAZY:
            assert statement not in top_level(path), f"{relative} imports {package} outside a function"


@every_file
def test_no_module_hides_one_of_the_standard_library(path: Path) -> None:
    relative = path.relative_to(PACKAGE).as_posix()
    if relative in NAMED_AFTER_COMMANDS or path.stem in ("__init__", "__main__"):
        return
    assert path.stem not in sys.stdlib_module_names
    assert path.stem not in ("utils", "util", "helpers", "misc", "common")


@every_file
def test_files_and_functions_are_short(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= FILE_LINES or path.relative_to(PACKAGE).as_posix() in GENERATED, f"{lines} lines"
    for node in nodes(path):
        if isinstance(node, ast.FunctionDef):
            first = node.body[1] if ast.get_docstring(node) and len(node.body) > 1 else node.body[0]
            body = (node.end_lineno or 0) - first.lineno + 1
            assert body <= FUNCTION_LINES, f"{node.name} has {body} lines"


def public(node: ast.Module | ast.ClassDef) -> Iterator[ast.FunctionDef | ast.ClassDef]:
    for child in node.body:
        if isinstance(child, ast.FunctionDef | ast.ClassDef) and not child.name.startswith("_"):
            yield child


@every_file
def test_what_is_public_is_documented(path: Path) -> None:
    module = tree(path)
    declares_a_loss = layer(path) == "losses" and not path.stem.startswith("_")
    # a loss file's docstring is its kernel's
    assert ast.get_docstring(module) or declares_a_loss or path.name == "__init__.py", "no module docstring"
    for node in public(module):
        assert ast.get_docstring(node) or node.name == "render", f"{node.name} has no docstring"


PROBE = """
import json, sys
from losscli.cli.main import run
code = run(sys.argv[1:])
print(json.dumps([code, sorted({name.partition(".")[0] for name in sys.modules})]), file=sys.stderr)
"""
HEAVY = {"numpy", "pandas", "pyarrow", "rich", "dask", "jsonschema", "matplotlib"}
NPY = "compute mse diabetes/pred.npy diabetes/label.npy"


@pytest.mark.parametrize(
    ("arguments", "allowed"),
    [
        ("--version", set()),
        ("--help", set()),
        ("comput", set()),
        ("schema report", set()),
        ("completion bash", set()),
        (f"{NPY} --format value", {"numpy"}),
        ("compare diabetes/pred.npy diabetes/other.npy diabetes/label.npy -l mse --format plain", {"numpy"}),
        ("compare --help", {"numpy"}),
        (f"{NPY} --format json", {"numpy"}),
        (f"{NPY} --format plain", {"numpy"}),
        (f"{NPY} --format table", {"numpy", "rich"}),
        ("compute mse diabetes/diabetes.csv", {"numpy", "pyarrow"}),
        ("compute mse diabetes/diabetes.parquet", {"numpy", "pyarrow"}),
        ("compute mse diabetes/*.parquet", {"numpy", "pyarrow"}),
        ("compute mse diabetes/pred.np? diabetes/label.np[y] --format value", {"numpy"}),
        ("list", set()),
        ("list --for regression", set()),
        ("list --like xgboost", {"numpy"}),
        ("show focal", {"numpy"}),
        ("compute focal --help", {"numpy"}),
    ],
)
def test_what_a_command_loads(arguments: str, allowed: set[str], sample_data: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", PROBE, *arguments.split()],
        capture_output=True, text=True, env=environment(), cwd=sample_data, timeout=60,
    )  # fmt: skip
    code, loaded = json.loads(ended.stderr.splitlines()[-1])
    assert code == (2 if arguments == "comput" else 0), ended.stderr
    assert HEAVY & set(loaded) <= allowed


def test_a_small_run_loads_one_loss_and_no_library_it_does_not_use(sample_data: Path) -> None:
    probe = "import json, sys, numpy, click; before = set(sys.modules); " + PROBE.replace(
        'name.partition(".")[0] for name in sys.modules', "name for name in sys.modules if name not in before"
    )
    ended = subprocess.run(
        [sys.executable, "-c", probe, *f"--config none {NPY} --format plain".split()],
        capture_output=True, text=True, env=environment(), cwd=sample_data, timeout=60,
    )  # fmt: skip
    code, loaded = json.loads(ended.stderr.splitlines()[-1])
    assert code == 0, ended.stderr
    assert {name for name in loaded if name.startswith("losscli.losses.")} == {
        "losscli.losses.index", "losscli.losses.regression", "losscli.losses.regression._errors",
        "losscli.losses.regression.mse",
    }  # fmt: skip
    spared = {"shutil", "tempfile", "uuid", "tomllib", "csv", "hashlib", "concurrent", "importlib.metadata", "unittest"}
    assert set(loaded).isdisjoint(spared)
    assert {name for name in loaded if name.startswith(("losscli.stats.", "losscli.inspection."))} == {
        "losscli.stats.uncertainty", "losscli.stats.effective", "losscli.stats.effective_of_run",
        "losscli.stats.row_sample", "losscli.inspection.declaration_checks",
    }  # fmt: skip
    assert len([name for name in loaded if name.startswith("losscli")]) <= 137


def test_importing_the_package_loads_nothing() -> None:
    probe = "import sys, losscli; losscli.__version__; print(*sorted(m for m in sys.modules if 'losscli' in m)); "
    probe += "sys.exit('numpy' in sys.modules or 'click' in sys.modules)"
    ended = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, env=environment())
    assert (ended.returncode, ended.stdout) == (0, "losscli losscli.core losscli.core.version\n"), ended.stderr


def test_losses_can_be_listed_after_one_was_computed() -> None:
    probe = "import losscli; losscli.compute('mse', [1.0], [1.0]); losscli.available(); losscli.available()"
    subprocess.run([sys.executable, "-c", probe], check=True, capture_output=True, env=environment())


def test_every_public_name_is_there() -> None:
    import losscli

    for name in losscli.__all__:
        assert getattr(losscli, name) is not None
    assert set(losscli.__all__) <= set(dir(losscli))
    with pytest.raises(AttributeError, match="no attribute 'nonesuch'"):
        losscli.nonesuch  # noqa: B018
