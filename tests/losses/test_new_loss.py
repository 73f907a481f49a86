"""A loss is one file: dropped into a folder, it has options, help, a page, errors and a report."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

import losscli
from losscli.core import registry, signature
from losscli.report.pages import loss_page
from losscli.report.schemas import text as schema_text

NAME = "softened_absolute"
SOURCE = '''
from typing import Annotated, Any

import numpy as np

from losscli.core.declarations.domain import Choice, Interval, inf
from losscli.core.loss import NONNEGATIVE, Paper, loss
from losscli.core.declarations.param import Param


@loss(
    "softened_absolute",
    aliases=("softabs",),
    family="regression",
    pred=("values",),
    label=("values",),
    formula="scale log cosh((pred - label) / scale)",
    unit="label units",
    facts={NONNEGATIVE},
    source=Paper("made for a test"),
    example="diabetes/pred.npy diabetes/label.npy",
)
def softened_absolute(
    pred: Any,
    label: Any,
    *,
    scale: Annotated[float, Param("where the corner is rounded", Interval(0, inf, closed="neither"))] = 1.5,
    side: Annotated[str, Param("errors that count", Choice("both", "over", "under"))] = "both",
    squared: Annotated[bool, Param("square each term")] = False,
    top: Annotated[int | None, Param("a ceiling", Interval(1, 9))] = None,
) -> Any:
    """Absolute error with a soft corner.

    Use it in tests only.
    Shapes: (n,).
    """
    error = (pred - label) / scale
    error = {"both": error, "over": np.maximum(error, 0), "under": np.minimum(error, 0)}[side]
    found = scale * (np.logaddexp(error, -error) - np.log(2))
    found = found * found if squared else found
    return found if top is None else np.minimum(found, top)


@softened_absolute.formula
def _(m: Any, pred: Any, label: Any, *, scale: Any, side: Any, squared: Any, top: Any) -> Any:
    return scale * m.log(m.cosh((pred - label) / scale))


softened_absolute.case(pred=[0.0], label=[0.0], expect=0.0)
'''


def forget() -> None:
    """Let the registry read its index anew."""
    for cached in (registry.index, registry._spellings, registry._load):
        cached.cache_clear()


@pytest.fixture
def dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The new loss, there for one test."""
    import losscli.losses
    from losscli.losses import index

    (tmp_path / f"{NAME}.py").write_text(SOURCE, encoding="utf-8")
    monkeypatch.setattr(losscli.losses, "__path__", [*losscli.losses.__path__, str(tmp_path)])
    entry = ("regression", NAME, ("softabs",))
    monkeypatch.setitem(index.LOSSES, NAME, entry)
    forget()
    yield
    index.LOSSES.pop(NAME, None)
    sys.modules.pop(f"losscli.losses.{NAME}", None)
    vars(losscli.losses).pop(NAME, None)
    forget()


@pytest.fixture
def columns(tmp_path: Path) -> tuple[Path, Path]:
    pred, label = np.array([1.0, 2.5, -1.0, 0.0]), np.array([0.5, 3.0, 1.0, 0.0])
    np.save(tmp_path / "p.npy", pred)
    np.save(tmp_path / "y.npy", label)
    return tmp_path / "p.npy", tmp_path / "y.npy"


@pytest.mark.usefixtures("dropped")
def test_it_is_found_by_every_spelling(cli: Any) -> None:
    assert NAME in registry.names()
    assert NAME in registry.everything()
    for spelling in (NAME, "softabs", "Softened-Absolute", " SOFTABS "):
        assert losscli.loss(spelling).name == NAME
    ran = cli("compute", "softened_absolut", "p.npy", "y.npy")
    assert (ran.code, ran.err) == (
        2, "losscli: There is no loss 'softened_absolut'. Did you mean softened_absolute?\n"
    )  # fmt: skip


@pytest.mark.usefixtures("dropped")
def test_its_help_says_what_it_declares(cli: Any) -> None:
    code, out, err = cli("compute", NAME, "--help")
    assert (code, err) == (0, "")
    text = " ".join(out.split())
    for piece in (
        "Absolute error with a soft corner.",
        "scale log cosh((pred - label) / scale)",
        "--scale NUMBER where the corner is rounded; in (0, inf) [default: 1.5]",
        "--side both|over|under errors that count [default: both]",
        "--squared / --no-squared square each term [default: False]",
        "--top INTEGER a ceiling; in [1, 9] [default: none]",
        "Also called softabs.",
        "Example: losscli compute softened_absolute sample_data/diabetes/pred.npy sample_data/diabetes/label.npy",
    ):
        assert piece in text


@pytest.mark.usefixtures("dropped")
def test_it_computes_and_reports(cli: Any, columns: tuple[Path, Path]) -> None:
    code, out, err = cli("compute", "softabs", *columns, "--scale", "2", "--squared", "--top=3", "--json")
    assert (code, err) == (0, "")
    document = json.loads(out)
    jsonschema.validate(document, json.loads(schema_text("report")))
    (result,) = document["results"]
    error = (np.load(columns[0]) - np.load(columns[1])) / 2
    assert result["value"] == pytest.approx(np.mean((2 * np.log(np.cosh(error))) ** 2), rel=1e-14)
    assert result["params"] == {"scale": 2.0, "side": "both", "squared": True, "top": 3}
    name, settings = signature.read(result["signature"])
    assert (name, settings["scale"], settings["squared"], settings["top"]) == (NAME, 2.0, True, 3)
    called = losscli.compute(NAME, *columns, scale=2, squared=True, top=3)
    assert called.value == result["value"]
    assert called.signature == result["signature"]


@pytest.mark.usefixtures("dropped")
def test_list_show_and_the_docs_know_it(cli: Any) -> None:
    assert f"  {NAME}" in cli("list").out
    shown = cli("show", "softabs").out
    markdown = loss_page.as_markdown(losscli.loss(NAME))
    for text in (shown, markdown):
        for piece in ("scale log cosh", "--scale", "--top", "a ceiling", "made for a test"):
            assert piece in text
    assert "| `--scale` | where the corner is rounded | a number in (0, inf) | 1.5 |" in markdown
    assert f"| `{NAME}` | Absolute error with a soft corner | values | softabs |" in loss_page.overview(
        registry.everything()
    )


@pytest.mark.usefixtures("dropped")
@pytest.mark.parametrize(
    ("option", "typed", "given", "sentence"),
    [
        ("scale", "0", 0, "scale must be a number in (0, inf), got 0."),
        ("scale", "nan", float("nan"), "scale must be a number in (0, inf), got nan."),
        ("scale", "inf", float("inf"), "scale must be a number in (0, inf), got inf."),
        ("scale", "wide", "wide", "scale must be a number in (0, inf), got wide."),
        ("side", "left", "left", "side must be one of both, over, under, got left."),
        ("top", "10", 10, "top must be a whole number in [1, 9], got 10."),
        ("top", "2.5", 2.5, "top must be a whole number in [1, 9], got 2.5."),
    ],
)
def test_a_bad_parameter_gets_the_same_sentence_on_both_roads(
    cli: Any, columns: tuple[Path, Path], option: str, typed: str, given: Any, sentence: str
) -> None:
    ran = cli("compute", NAME, *columns, f"--{option}", typed)
    assert (ran.code, ran.out, ran.err) == (2, "", f"losscli: {sentence}\n")
    with pytest.raises(losscli.UsageProblem) as caught:
        losscli.compute(NAME, *columns, **{option: given})
    assert str(caught.value) == sentence


@pytest.mark.usefixtures("dropped")
def test_an_option_it_lacks_is_refused_on_both_roads(cli: Any, columns: tuple[Path, Path]) -> None:
    ran = cli("compute", NAME, *columns, "--scal", "2")
    assert (ran.code, ran.err) == (
        2, f"losscli: No such option --scal. Did you mean --scale? See losscli compute {NAME} --help.\n"
    )  # fmt: skip
    with pytest.raises(losscli.UsageProblem, match=r"has no parameter 'scal'\. Did you mean scale\?"):
        losscli.compute(NAME, *columns, scal=2)


def test_it_is_gone_afterwards(cli: Any) -> None:
    assert NAME not in registry.names()
    assert NAME not in registry.everything()
    assert f"losscli.losses.{NAME}" not in sys.modules
    assert cli("show", NAME).code == 2
