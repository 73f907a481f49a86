"""The corpus: every case of every format; as a program, writes it to a folder: python tests/hostile/make.py FOLDER."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from hostile import arrays, arrows, columns, packed, places, texts
from hostile.case import Case

FORMATS = {
    "arrays": arrays, "texts": texts, "columns": columns, "arrows": arrows, "packed": packed, "places": places,
}  # fmt: skip


def cases() -> Iterator[tuple[str, Case]]:
    """Each case with the part of the corpus it is of."""
    for name, module in FORMATS.items():
        for case in module.cases():
            yield name, case


def main(folder: Path) -> None:
    """Write each case to a folder of its own, with what it must give."""
    count = 0
    for count, (part, case) in enumerate(cases(), 1):
        place = folder / part / f"{count:04}"
        place.mkdir(parents=True)
        arguments = case.write(place)
        told = {"name": case.name, "arguments": arguments, "stdin": case.stdin, "code": case.code, "words": case.words}
        (place / "case.json").write_text(json.dumps(told, indent=1), encoding="utf-8")
    print(f"{count} cases in {folder}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
