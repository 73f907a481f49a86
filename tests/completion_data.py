"""Files whose columns are completed."""

from __future__ import annotations

CSV, PARQUET = "diabetes/diabetes.csv", "diabetes/diabetes.parquet"
HOSTILE = [
    "class 1",
    "$(touch HACKED)",
    "`touch HACKED`",
    ";touch HACKED",
    "p[0]",
    "a'b",
    'd"e',
    "x!y",
    "~",
    "-l",
    "&",
    "naïve",
]
