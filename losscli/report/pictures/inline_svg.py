"""An SVG as a part of a page: without addresses, with its words inside, in the colours of the page, and small."""

from __future__ import annotations

import re
import zlib
from html import escape

from .canvas import saved
from .drawing import FAINT, INK, LEVELS, OVER_DARK, OVER_LIGHT, SHADE, Document, Drawing
from .registry import drawings_of

_MOST = 12  # pictures that a notebook shows
_INKS = {  # which the page chooses, so that it can be dark
    INK: "ink", FAINT: "faint", SHADE: "shade", OVER_LIGHT: "over-light", OVER_DARK: "over-dark",
    **{colour: f"level-{at}" for at, colour in enumerate(LEVELS)},
}  # fmt: skip
_STYLE = "stroke-linejoin:round;stroke-linecap:butt;font-family:'DejaVu Sans',Verdana,Arial,sans-serif"
_NUMBER = re.compile(r"-?\d+\.\d{3,}")
_PLACED = re.compile(r'\b(?:d|x|y|transform|points|width|height)="[^"]*"')  # attributes that hold coordinates
_STYLED = re.compile(r'style="([^"]*)"')
_N = r"(-?[\d.]+)"
_BOX = re.compile(rf"M {_N} {_N} L {_N} \2 L \3 {_N} L \1 \4 (?:L \1 \2 )?[zZ]")  # M x y, and along the four sides


def inline(drawing: Drawing, number: int, *, titled: bool = False) -> str:
    """The picture as an <svg> element whose ids are its own among those of the page."""
    text = saved([drawing], "svg", titled=titled).decode()
    text = text[text.index("<svg") :]
    for left_out in (r"<metadata>.*?</metadata>", r"<!--.*?-->", r"<style.*?</style>"):  # a style would be of the page
        text = re.sub(left_out, "", text, flags=re.DOTALL)
    text = re.sub(r' xmlns(:\w+)?="[^"]*"', "", text).replace("xlink:href", "href")
    text = _smaller(text)
    text = re.sub(r'\bid="([^"]+)"', rf'id="p{number}-\1"', text)
    text = re.sub(r'(url\(#|href="#)', rf"\1p{number}-", text)
    head, rest = re.sub(r' (?:width|height|version)="[^"]*"', "", text.partition(">")[0]), text.partition(">")[2]
    labels = f"p{number}-title p{number}-words"
    words = f'<title id="p{number}-title">{escape(drawing.title)}</title>'
    words += f'<desc id="p{number}-words">{escape(drawing.words)}</desc>'
    return f'{head} role="img" aria-labelledby="{labels}" style="{_STYLE}">{words}{rest}'


def pictures_of(document: Document) -> list[str]:
    """The pictures of a document with their titles, for a notebook, which may show several documents."""
    drawings = drawings_of(document)[:_MOST]
    return [inline(each, zlib.crc32(repr((each.title, each.rows)).encode()), titled=True) for each in drawings]


def _smaller(text: str) -> str:
    """The same picture in about half as many bytes."""
    text = _PLACED.sub(_rounded, text)
    text = _STYLED.sub(_in_colours, text)
    text = re.sub(r">\s+<", "><", text)
    text = re.sub(r'<path d="[^"]*" style="fill:none"/>', "", text)  # backgrounds that are not painted
    pointed = set(re.findall(r'(?:url\(#|href="#)([^")]+)', text))
    text = re.sub(r' id="([^"]+)"', lambda match: match[0] if match[1] in pointed else "", text)
    return re.sub(r"<g></g>|<defs></defs>", "", text).strip()


def _rounded(match: re.Match[str]) -> str:
    """Coordinates to a hundredth of a point, which nobody sees; boxes by their sides."""
    text = _NUMBER.sub(lambda number: f"{float(number[0]):.2f}".rstrip("0").rstrip("."), match[0])
    text = re.sub(r"\s+", " ", text)
    return _BOX.sub(r"M\1 \2H\3V\4H\1z", text)


def _in_colours(match: re.Match[str]) -> str:
    style = match[1]
    for colour, name in _INKS.items():
        style = style.replace(colour, f"var(--{name},{colour})")
    style = re.sub(r"font: (?:(bold|700) )?([\d.]+)px [^;]*", r"font-weight: \1; font-size: \2px", style)
    style = re.sub(r"font-weight: ;|font-family: [^;]*;", "", style)
    style = re.sub(r"\s*([:;])\s*", r"\1", style)
    return f'style="{style}"'
