"""CSV and TSV that lie, break off, overflow or give orders."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from .case import Case, one

HEAD = b"pred,label\n"
ROWS = b"1.5,2\n0.5,1\n"
_LONG = 17 << 20


def sparse(size: int, start: bytes = b"") -> object:
    """Makes a file that claims much and takes nothing."""

    def make(path: Path) -> None:
        path.write_bytes(start)
        with path.open("r+b") as file:
            file.truncate(size)

    return make


def _cells() -> Iterator[Case]:
    """What stands where a number should."""
    plain = (
        "0x10", "1_000", "١٢", "1 000", "1.5.2", "--1", "1e", "e5", "+-5", "½", "infinit", "$5", "5%", "true",
        "=1+1", "@SUM(1)", "[red]1[/red]", "'1", "1'", "1f", "1d0",
    )  # fmt: skip
    odd = (
        ('"1,000"', '1,000'), ('1,5', '3 fields'), ('"0,5"', 'decimal sign is a dot'), ('\xa01', '\\xa01'),
        ('\u200b1', '\\u200b1'), ('1′2', '1'), ("=cmd|' /C calc'!A0", '=cmd|'), ('\x1b[31m1', '\\x1b[31m1'),
        ('\x07', '\\x07'), ('1\x85', '\\x85'), ('\u202e1', '\\u202e1'), ('\ufeff1', '\\ufeff1'),
    )  # fmt: skip
    for cell, word in (*zip(plain, plain, strict=True), *odd):
        yield one(f"cell {cell!a}", "x.csv", HEAD + ROWS + cell.encode() + b",1\n", word, "row 2")
    yield one("a cell of a million digits", "x.csv", HEAD + b"1" * 1_000_000 + b",1\n", "inf", code=0)
    yield one("1e400", "x.csv", HEAD + b"1e400,1\n", "inf", code=0, options=("--format", "value"))
    yield one("1e-400", "x.csv", HEAD + b"1e-400,1\n", "1.0", code=0, options=("--format", "value"))


def _rows() -> Iterator[Case]:
    yield one("a row too short", "x.csv", HEAD + ROWS + b"1\n" + ROWS, "row 2 (from 0) has 1 field where 2 are")
    yield one("a row too long", "x.csv", HEAD + ROWS + b"1,2,3\n" + ROWS, "row 2 (from 0) has 3 fields where 2 are")
    yield one("a row far too long", "x.csv", HEAD + ROWS + b"1," * 100_000 + b"3\n", "row 2 (from 0) has 100001 fields")
    yield one("a short row after many", "x.csv", HEAD + ROWS * 200_000 + b"1\n", "row 400000 (from 0) has 1 field")
    yield one(
        "text after a gibibyte of numbers, in small", "x.csv", HEAD + ROWS * 200_000 + b"x,1\n", "row 400000", "pred"
    )
    yield one("a blank line", "x.csv", HEAD + ROWS + b"\n" + ROWS, "row 2 (from 0)")
    yield one("an empty cell", "x.csv", HEAD + ROWS + b",1\n", "no value in row 2 (from 0)", "column pred")
    yield one("NaN", "x.csv", HEAD + ROWS + b"nan,1\n", "NaN in row 2 (from 0)", "column pred")
    yield one("no rows", "x.csv", HEAD, "no rows")
    yield one("no rows, no newline", "x.csv", HEAD[:-1], "no rows")
    yield one("a header of one name", "x.csv", b"x", "needs labels", code=2)
    yield one("nothing", "x.csv", b"", "empty (0 bytes)")
    yield one("a newline", "x.csv", b"\n", "has no rows, only blank lines")
    yield one("newlines", "x.csv", b"\n" * 100_000, "starts with a blank line")
    yield one("a BOM", "x.csv", b"\xef\xbb\xbf", "")
    yield one("a quote", "x.csv", b'"', "never closed", "--quote none")
    yield one("quotes", "x.csv", b'"' * 65_537, "never closed", "--quote none")


def _shapes() -> Iterator[Case]:
    many = 1_000_000
    header = b",".join(b"c%d" % i for i in range(many))
    yield one("a million columns", "x.csv", header + b"\n" + b"1," * (many - 1) + b"1\n", "1000000", "columns")
    yield one("a million columns of numbers", "x.csv", b"1," * (many - 1) + b"1\n", "1000000", "columns")
    yield one("a million commas", "x.csv", b"," * many + b"\n", "")
    yield one("one line of 17 MiB", "x.csv", b"1" * _LONG, "longer than 16 MiB")
    yield one(
        "one row of 17 MiB", "x.csv", HEAD + ROWS + b"1" * _LONG, "row that starts at byte 23 is longer than 16 MiB"
    )
    yield one("an open quote in the header", "x.csv", b'pred,"label\n' + ROWS * 3_000_000, "longer than 16 MiB")
    yield one(
        "an open quote in a row", "x.csv", HEAD + ROWS + b'1,"2\n' + ROWS * 3_000_000, "longer than 16 MiB", "byte 23"
    )
    yield one("an open quote at the end", "x.csv", HEAD + ROWS + b'1,"2\n', "row 2")
    yield one("an open quote in a small file", "x.csv", HEAD + b'1,"2\n' + ROWS * 100, "row 0")
    yield one("quotes within quotes", "x.csv", HEAD + b'1,"""2"""\n', "row 0", "label")
    yield one("a quote in a cell", "x.csv", HEAD + b'1,2"3\n', "row 0", "label")
    yield one("text after a quote", "x.csv", HEAD + b'1,"2"3x\n', "row 0", "label")
    yield one("a terabyte of nothing", "x.csv", sparse(1 << 40), "NUL byte at byte 0")  # type: ignore[arg-type]
    yield one("a terabyte after a header", "x.csv", sparse(1 << 40, HEAD + ROWS), "NUL byte at byte 23")  # type: ignore[arg-type]


def _bytes() -> Iterator[Case]:
    yield one("NUL in a number", "x.csv", HEAD + b"1\x002,1\n", "NUL byte at byte 12")
    yield one("NUL in a name", "x.csv", b"pr\0ed,label\n" + ROWS, "NUL byte at byte 2")
    yield one("NUL far on", "x.csv", HEAD + ROWS * 200_000 + b"\0", f"NUL byte at byte {11 + 12 * 200_000}")
    yield one("utf-16", "x.csv", (HEAD + ROWS).decode().encode("utf-16"), "0.25", code=0)
    for coding in ("utf-16-le", "utf-16-be"):  # without a byte order mark, read all the same
        yield one(coding, "x.csv", (HEAD + ROWS).decode().encode(coding), "0.25", code=0)
    yield one("utf-32", "x.csv", (HEAD + ROWS).decode().encode("utf-32"), "x.csv")
    yield one("Latin-1 in a name", "x.csv", b"pr\xe9d,label\n" + ROWS, "not UTF-8", "0xe9", "iconv")
    yield one("broken UTF-8 in a number", "x.csv", HEAD + ROWS + b"1\xff,1\n", "row 2", "pred")
    yield one("a surrogate in UTF-8", "x.csv", b"pr\xed\xa0\x80d,label\n" + ROWS, "not UTF-8")
    yield one("overlong UTF-8", "x.csv", b"pr\xc0\xafd,label\n" + ROWS, "not UTF-8")
    yield one("a JPEG", "x.csv", b"\xff\xd8\xff\xe0" + bytes(range(256)) * 40, "x.csv")
    yield one("gzip", "x.csv", b"\x1f\x8b\x08" + bytes(100), "gzip")
    yield one("an ELF program", "x.csv", b"\x7fELF\x02\x01\x01" + bytes(9000), "NUL byte at byte 7")
    yield one("HTML", "x.csv", b"<!doctype html>\n<html><body>404, not found</body></html>\n", "needs labels", code=2)
    yield one("JSON", "x.csv", b'{"pred": [1, 2], "label": [1, 2]}\n', "mean of 1 row\n", code=0)


def _names() -> Iterator[Case]:
    yield one("two columns of one name", "x.csv", b"pred,pred\n1,2\n", "two columns named 'pred'")
    yield one("two of one name that no one wants", "x.csv", b"pred,label,a,a\n1,2,3,4\n", "two columns named 'a'")
    yield one("two nameless columns", "x.csv", b"pred,label,,\n1,2,3,4\n", "two columns named ''")
    bad = "\x1b[31m[red]\x9b\u202e=cmd|'!A0"
    yield Case(
        "a column's name gives orders", {"x.csv": f"{bad},label\nx,1\n".encode()},
        ("compute", "mse", "x.csv", "--pred", bad, "--label", "label"), 3, ("\\x1b[31m[red]\\x9b\\u202e=cmd|", "text"),
    )  # fmt: skip
    yield Case(
        "an unknown name gives orders", {"x.csv": HEAD + ROWS},
        ("compute", "mse", "x.csv", "--pred", bad, "--label", "label"), 2, ("\\x1b[31m[red]\\x9b\\u202e",),
    )  # fmt: skip
    yield Case(
        "known names give orders", {"x.csv": f"{bad},b\n1,1\n".encode()},
        ("compute", "mse", "x.csv", "--pred", "zzz", "--label", "b"), 2, ("\\x1b[31m[red]\\x9b\\u202e",),
    )  # fmt: skip
    for text in (bad, "[/]", '=HYPERLINK("http://x")', "\r\n::set-output name=a::b", "a\tb"):
        cell = '"' + text.replace('"', '""') + '"'
        yield Case(
            f"a class's name gives orders {text!a}", {"x.csv": f"pred,label\n1,{cell}\n".encode()},
            ("compute", "sigmoid_cross_entropy", "x.csv", "--classes", "cat,dog"), 3,
            ("not one of the classes", "row 0"),
        )  # fmt: skip
    yield Case(
        "a separated file by another mark",
        {"x.csv": b"pred;label\n1;2\n"},
        ("compute", "mse", "x.csv"),
        0,
        ("mean of 1 row\n",),
    )
    yield Case("commas in a TSV", {"x.tsv": HEAD + ROWS}, ("compute", "mse", "x.tsv"), 0, ("0.25",))
    yield Case(
        "a delimiter of two", {"x.csv": HEAD}, ("compute", "mse", "x.csv", "--delimiter", "ab"), 2, ("one ASCII",)
    )
    yield Case(
        "a quote for delimiter", {"x.csv": HEAD}, ("compute", "mse", "x.csv", "--delimiter", '"'), 2, ("one ASCII",)
    )


def _fine() -> Iterator[Case]:
    """Odd, and right: what must not be refused."""
    value = "0.25"
    options = ("--format", "value")
    for name, data in (
        ("a BOM and a header", b"\xef\xbb\xbf" + HEAD + ROWS),
        ("CR LF", (HEAD + ROWS).replace(b"\n", b"\r\n")),
        ("CR alone", (HEAD + ROWS).replace(b"\n", b"\r")),
        ("all three", b"pred,label\r\n1.5,2\r0.5,1\n"),
        ("no last newline", (HEAD + ROWS)[:-1]),
        ("quotes everywhere", b'"pred","label"\n"1.5","2"\n"0.5","1"\n'),
        ("a newline in a name", b'pred,label,"a\nb"\n1.5,2,0\n0.5,1,0\n'),
        (
            "text that gives orders, in a column no one wants",
            b"pred,label,c\n1.5,2,=cmd|' /C calc'!A0\n0.5,1,\x1b[2J\n",
        ),
    ):
        yield one(name, "x.csv", data, value, code=0, options=options)


def cases() -> Iterator[Case]:
    """All of them."""
    for each in (_cells, _rows, _shapes, _bytes, _names, _fine):
        yield from each()
