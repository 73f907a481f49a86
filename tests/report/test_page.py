"""The page: one file without scripts and addresses, that says everything in words and numbers too."""

from __future__ import annotations

import hashlib
import json
import math
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import ROOT
from typical_reports import hostile, typical

import losscli
from losscli.report.html.page import POLICY
from losscli.report.model import Report
from losscli.report.pictures.registry import NAMES, drawings_of
from losscli.report.renderers.registry import RENDERERS

VOID = {"meta", "br", "hr", "use", "path", "rect", "line"}
PAGES = {
    "binary": "compute bce cancer/logits.npy cancer/labels.npy --ci 95",
    "multiclass": "compute softmax_cross_entropy digits/logits.npy digits/labels.npy",
    "regression": "compute mse diabetes/pred.npy diabetes/label.npy --max 2000",
    "segmentation": "compute dice masks/probs.npy masks/masks.npy",
    "comparison": "compare diabetes/pred.npy diabetes/other.npy diabetes/label.npy -l mse -l mae --margin 1%",
    "batch": "batch diabetes/pred.npy diabetes/other.npy --labels diabetes/label.npy -l mse -l mae --format plain",
    "inspection": "inspect cancer/probs.npy cancer/labels.npy -l focal",
    "reconciliation": "reconcile focal cancer/logits.npy cancer/labels.npy",
}


class Elements(HTMLParser):
    """The elements of a page with their attributes, the text of each, and the cells of each table."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[tuple[str, str]] = []
        self.tables: list[list[list[str]]] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "table":
            self.tables.append([])
        if tag == "tr":
            self.tables[-1].append([])
        if tag in ("td", "th"):
            self.tables[-1][-1].append("")

    def handle_startendtag(self, tag: str, attrs: Any) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append((self.open[-1] if self.open else "", data))
        if self.open and self.open[-1] in ("td", "th"):
            self.tables[-1][-1][-1] += data

    def named(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def text(self, tag: str) -> list[str]:
        return [text for name, text in self.texts if name == tag]


def harmless(text: str) -> Elements:
    """A page that asks for nothing and runs nothing, whoever named the files."""
    page = Elements(text)
    assert page.open == []
    tags = {tag for tag, _ in page.elements}
    assert tags.isdisjoint(
        {"script", "link", "iframe", "object", "embed", "img", "a", "base", "form", "input", "image"}
    )
    for _, attributes in page.elements:
        for name, value in attributes.items():
            assert not name.startswith("on")
            if name in ("href", "src", "xlink:href", "action", "data"):
                assert value.startswith("#")
            for url in re.findall(r"url\(([^)]*)\)", value):
                assert url.startswith("#")
    (style,) = page.text("style")
    assert "url(" not in style
    assert "@import" not in style
    policies = [each["content"] for each in page.named("meta") if each.get("http-equiv") == "Content-Security-Policy"]
    assert policies == [POLICY]
    assert "default-src 'none'" in POLICY
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for _, attributes in page.elements:
        for target in re.findall(
            r"#([\w.-]+)", " ".join(v for k, v in attributes.items() if k in ("href", "clip-path"))
        ):
            assert target in ids
    for svg in page.named("svg"):
        assert svg["role"] == "img"
        assert set(svg["aria-labelledby"].split()) <= set(ids)
    assert len(page.named("desc")) == len(page.named("svg"))
    assert len(text.encode()) < 300_000
    return page


def numbers(rows: list[tuple[Any, ...]]) -> list[list[str]]:
    return [
        ["-" if value is None else repr(value) if isinstance(value, float) else str(value) for value in row]
        for row in rows
    ]


@pytest.mark.parametrize(
    "kind", [kind if kind in ("binary", "batch") else pytest.param(kind, marks=pytest.mark.slow) for kind in PAGES]
)
def test_a_page_of_every_kind(cli: Any, tmp_path: Path, kind: str) -> None:
    out = tmp_path / "page.html"
    words = PAGES[kind].split()
    plain = cli(*words)
    ran = cli(*words, "--report", f"html={out}")
    assert tuple(ran) == tuple(plain)  # what is printed is what is printed without it
    text = out.read_text(encoding="utf-8")
    page = harmless(text)
    assert len(page.named("h1")) == 1
    headings = page.text("h2")
    assert headings[0] == "What stands out"
    assert headings[-1] == "The commands that make it again"
    assert f"losscli {' '.join(words)} --report html={out}" in page.text("code")
    document = json.loads(cli(*(word for word in words if word not in ("--format", "plain")), *_data(words)).out)
    drawings = drawings_of(document)
    assert len(page.named("figure")) == len(drawings) == len(page.named("summary"))
    for drawing in drawings:
        assert any(table[1:] == numbers(drawing.rows)[:400] for table in page.tables)
        assert any(drawing.words.startswith(text[:40]) for text in page.text("figcaption"))


def _data(words: list[str]) -> list[str]:
    """What makes the document that the page is of."""
    return ["--json", *(["--histograms"] if words[0] in ("compute", "batch") else [])]


def test_what_stands_out_comes_first_and_the_worst_of_it_first(cli: Any, tmp_path: Path) -> None:
    out = tmp_path / "page.html"
    assert cli(*PAGES["regression"].split(), "--report", f"html={out}").code == 1
    page = harmless(out.read_text(encoding="utf-8"))
    assert page.named("li")[0]["class"] == "failed"
    assert page.text("b")[0] == "failed"
    assert "mse <= 2000" in page.text("li")[0]
    assert "mse: 3024.6857 squared label units" in page.text("h1")


def test_inputs_have_their_hashes_and_the_number_its_recipe(cli: Any, tmp_path: Path) -> None:
    out = tmp_path / "page.html"
    words = PAGES["binary"].split()
    assert cli(*words, "--report", f"html={out}").code == 0
    page = harmless(out.read_text(encoding="utf-8"))
    document = json.loads(cli(*words, "--json").out)
    cells = [cell for table in page.tables for row in table for cell in row]
    for each in document["inputs"]:
        assert each["path"] in cells
        assert each["sha256"] in cells
    assert document["results"][0]["signature"] in page.text("code")


@pytest.mark.parametrize("made", [typical, hostile, lambda: Report("batch", [])], ids=["typical", "hostile", "empty"])
def test_names_from_outside_are_neutralised(made: Any) -> None:
    text = RENDERERS["html"].render(made(), {"typed": "losscli batch '<script>alert(1)</script>'"})
    page = harmless(text)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert [text for tag, text in page.texts if tag == "code"][-1] == "losscli batch '<script>alert(1)</script>'"


def test_hostile_names_are_neutralised_in_pictures() -> None:
    names = ["<script>alert(1)</script>", "]]><evil/>", "a\x1b[31m", "&amp;\"'", "$x^2$", "\u202eright"]
    report = losscli.batch({name: [1.0, 2.0 + i] for i, name in enumerate(names)}, ["mse"], labels=[1.0, 2.5])
    text = RENDERERS["html"].render(report)
    page = harmless(text)
    assert len(page.named("svg")) == 1
    assert any("$x^2$" in each for each in page.text("text"))


def test_of_a_hundred_data_sets_the_best_and_the_last_have_pictures() -> None:
    data = {f"a-rather-long-name-of-a-run-{i:03}": [1.0, 2.0 + ((i * 37) % 100) / 7, 5.0] for i in range(100)}
    report = losscli.batch(data, ["mse", "mae"], labels=[1.0, 2.0, 3.0], histograms=True)
    page = harmless(RENDERERS["html"].render(report))
    titles = page.text("h3")
    assert titles[:2] == ["mse: data sets, the best first", "mae: data sets, the best first"]
    assert {title.split()[1].rstrip(":") for title in titles[2:]} == {
        "a-rather-long-name-of-a-run-000", "a-rather-long-name-of-a-run-027",
    }  # fmt: skip
    assert any("more pictures have no room here" in text for text in page.text("p"))
    assert max(len(table) for table in page.tables) == 201
    assert "mse: the best of 100 data sets is a-rather-long-name-of-a-run-000 with 1.3333333" in " ".join(
        page.text("p")
    )


@pytest.mark.slow
def test_a_dozen_pictures_have_room() -> None:
    rng = np.random.default_rng(4)
    data = {f"run-{i}": rng.normal(size=3000) for i in range(6)}
    report = losscli.batch(data, ["mse"], labels=rng.normal(size=3000), histograms=True)
    page = harmless(RENDERERS["html"].render(report))
    assert len(page.named("figure")) >= 12


@pytest.mark.parametrize("kind", ["inspection", "reconciliation"])
def test_pages_of_other_commands_have_hashes_too(cli: Any, tmp_path: Path, kind: str, sample_data: Path) -> None:
    out = tmp_path / "page.html"
    words = PAGES[kind].split()
    cli(*words, "--report", f"html={out}")
    cells = [cell for table in harmless(out.read_text(encoding="utf-8")).tables for row in table for cell in row]
    for word in words:
        if word.endswith(".npy"):
            assert hashlib.sha256((sample_data / word).read_bytes()).hexdigest() in cells


def test_infinite_values_are_said() -> None:
    report = losscli.evaluate(["mse"], [math.inf, 1.0], [0.0, 0.0], histograms=True)
    page = harmless(RENDERERS["html"].render(report))
    assert page.text("h1") == ["mse: inf squared label units"]
    assert page.named("li")[0]["class"] == "warning"


def test_the_page_is_the_same_for_the_same_report() -> None:
    report = losscli.evaluate(["mse"], [2.0, 1.0], [0.0, 0.0], histograms=True)
    assert RENDERERS["html"].render(report) == RENDERERS["html"].render(report)


def test_commands_without_a_form_say_so(cli: Any) -> None:
    ran = cli("inspect", "cancer/probs.npy", "cancer/labels.npy", "--report", "junit=x.xml")
    assert (ran.code, ran.out) == (2, "")
    assert "--report junit: this command does not write it. It writes json, html, picture-data." in ran.err
    assert cli("inspect", "cancer/probs.npy", "cancer/labels.npy", "--report", "json=/dev/null").code == 0


def test_the_numbers_of_all_pictures_for_other_tools(cli: Any, tmp_path: Path) -> None:
    out = tmp_path / "pictures.json"
    assert cli(*PAGES["binary"].split(), "--report", f"picture-data={out}").code == 0
    data = json.loads(out.read_text(encoding="utf-8"))
    assert [each["picture"] for each in data["pictures"]] == ["loss", "concentration", "calibration", "confusion"]
    document = json.loads(cli(*PAGES["binary"].split(), "--json", "--histograms").out)
    for each, drawing in zip(data["pictures"], drawings_of(document), strict=True):
        assert each["rows"] == [list(row) for row in drawing.rows]
        assert each["description"] == drawing.words


@pytest.mark.parametrize(
    "format_", ["json", *(pytest.param(each, marks=pytest.mark.slow) for each in ("table", "markdown", "csv", "jsonl"))]
)
@pytest.mark.parametrize("command", ["compute mse diabetes/pred.npy diabetes/label.npy", PAGES["batch"][:-15]])
def test_a_page_changes_nothing_that_is_printed_or_written_beside_it(
    cli: Any, tmp_path: Path, command: str, format_: str
) -> None:
    words = (*command.split(), "--format", format_, "--report", f"json={tmp_path / 'r.json'}")
    plain, written = cli(*words), (tmp_path / "r.json").read_text(encoding="utf-8")
    with_page = cli(*words, "--report", f"html={tmp_path / 'page.html'}")
    steady = re.compile(r'"elapsed_s": [\d.e-]+')
    assert steady.sub("", with_page.out) == steady.sub("", plain.out)
    assert steady.sub("", (tmp_path / "r.json").read_text(encoding="utf-8")) == steady.sub("", written)
    assert "<svg" in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_a_suite_writes_a_page_and_histograms(cli: Any, tmp_path: Path, sample_data: Path) -> None:
    data = f'pred = "{sample_data}/diabetes/pred.npy"\nlabel = "{sample_data}/diabetes/label.npy"\n'
    suite = tmp_path / "suite.toml"
    suite.write_text(
        f'loss = ["mse"]\nreports = {{html = "page.html"}}\n[[data]]\nname = "a"\n{data}', encoding="utf-8"
    )
    ran = cli("batch", suite, "--format", "jsonl")
    assert ran.code == 0, ran.err
    assert "histograms" not in json.loads(ran.out)
    assert len(harmless((tmp_path / "page.html").read_text(encoding="utf-8")).named("figure")) == 3
    suite.write_text(f'loss = ["mse"]\n[[data]]\nname = "a"\nhistograms = true\n{data}', encoding="utf-8")
    assert json.loads(cli("batch", suite, "--format", "jsonl").out)["histograms"]["residuals"]["count"]


def test_bars_are_as_long_as_the_shares() -> None:
    keys = ["a"] * 8 + ["b"] * 4 + ["c"]
    result = losscli.compute("mse", [1.0] * 13, [0.0] * 13, by={"key": keys}, histograms=True)
    report = Report("compute", [result])
    table = RENDERERS["table"].render(report, {"color": False, "width": 100})
    lines = [line for line in table.splitlines() if line.startswith(("│ a ", "│ b ", "│ c "))]
    assert [line.count("█") for line in lines] == [12, 6, 1]
    assert "█" not in RENDERERS["table"].render(report, {"color": False, "width": 45})
    ascii_lines = RENDERERS["table"].render(report, {"color": False, "unicode": False}).splitlines()
    assert [line.count("#") for line in ascii_lines if line.startswith(("| a ", "| b "))] == [12, 6]
    markdown = RENDERERS["markdown"].render(report)
    assert "`61.5 %` | ████████████ |" in markdown
    assert "losses of the rows:" in markdown


def test_the_commands_of_the_page_on_pictures(cli: Any, tmp_path: Path, sample_data: Path, monkeypatch: Any) -> None:
    """As they are written, in their order, where they may write."""
    text = (ROOT / "docs" / "pictures.md").read_text(encoding="utf-8")
    lines = [line for block in re.findall(r"```bash\n(.*?)```", text, re.S) for line in block.splitlines()]
    (tmp_path / "sample_data").symlink_to(sample_data)
    monkeypatch.chdir(tmp_path)
    for i in range(3):
        losscli.evaluate(["mse"], [1.0, 2.0 + i], [1.5, 2.0]).save(tmp_path / f"commit-{i}.json")
    commands = [line.split()[1:] for line in lines if line.startswith("losscli ")]
    assert len(commands) == 5
    for words in commands:
        given = [name for word in words for name in (sorted(map(str, Path().glob(word))) if "*" in word else [word])]
        assert cli(*given).code == 0
    assert {"page.html", "report.json", "calibration.svg", "trend.png"} <= {path.name for path in tmp_path.iterdir()}


def test_every_picture_and_part_is_on_the_page_on_pictures() -> None:
    text = (ROOT / "docs" / "pictures.md").read_text(encoding="utf-8")
    assert set(re.findall(r"(?m)^\| `([\w-]+)` \|", text)) == set(NAMES)
    for part in ("losses", "calibration", "residuals", "confusion"):
        assert f"- `{part}`:" in text


def test_rows_and_notes_on_a_page(cli: Any, tmp_path: Path, sample_data: Path) -> None:
    """The rows of --worst stand there, and which column was chosen is no warning."""
    page = tmp_path / "page.html"
    data = sample_data / "diabetes" / "diabetes.csv"
    cli("compute", "mse", data, "--drop-missing", "--worst", "2", "--report", f"html={page}")
    text = page.read_text(encoding="utf-8")
    assert "Worst and best rows" in text
    assert all(cell in text for cell in ("24835.025", "22965.438", ">102<", ">56<"))
    assert '<li class="note"><b>note</b> predictions: column pred' in text
    assert 'class="warning"' not in text
    cli("compute", "mse", data, "--drop-missing", "--report", f"html={page}")
    assert "Worst and best rows" not in page.read_text(encoding="utf-8")


def test_what_is_alike_in_many_data_sets_is_said_once(cli: Any, tmp_path: Path) -> None:
    for at in range(5):
        (tmp_path / f"run_{at}.csv").write_text(f"pred,label\n{at},1\n2,2\n4,3\n", encoding="utf-8")
    page = tmp_path / "page.html"
    cli("batch", tmp_path / "*.csv", "-l", "mse", "--report", f"html={page}")
    text = page.read_text(encoding="utf-8")
    assert text.count("<b>note</b>") == 2
    assert "and so in other data sets." in text
