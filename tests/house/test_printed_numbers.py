"""Texts with computed numbers are equal but for the digits that processors do not share, and for nothing else."""

from __future__ import annotations

import math
from typing import Any

import pytest
from printed_numbers import numbers_of, settled


def agree(written: str, computed: str, unrounded: Any = ()) -> bool:
    return settled(written, computed, unrounded) == written


@pytest.mark.parametrize(
    ("written", "computed"),
    [
        ("0.04939297320288288", repr(math.nextafter(0.04939297320288288, 1))),  # one ulp
        ("0.04939297320288288", repr(math.nextafter(0.04939297320288288, 0))),
        ("0.3", "0.30000000000000004"),
        ("442.0", "442.00000000000006"),
        ("1.7976931348623157e+308", "1.7976931348623155e+308"),
        ("-2.5e-300", "-2.5000000000000004e-300"),
        ("1e-05", "1.0000000000000002e-05"),
        ("0.001", "9.999999999999998e-04"),
        ('{"value": 3.1415926535897931, "n": 4}', '{"value": 3.1415926535897927, "n": 4}'),
        ("a 0.1 of b 2.25.", "a 0.1 of b 2.2500000000000004."),
        ("1.5-2.5", "1.5-2.5000000000000004"),
    ],
)
def test_last_digits_are_left_to_the_processor(written: str, computed: str) -> None:
    assert agree(written, computed)
    assert agree(computed, written)
    assert written != computed


@pytest.mark.parametrize(
    ("written", "computed"),
    [
        ("0.049392973202", "0.049392973302"),  # the tenth digit
        ("0.04939297320288288", "0.04939297330288288"),
        ("3024.6856610020086", "3024.6856611020086"),
        ("0.5", "0.6"),
        ("2.0", "2.1"),
        ("0.0184", "0.0185"),
        ("412", "413"),
        ("100000000000000000000", "100000000000000000001"),
        ("412", "412.0"),
        ("0.25", "0.250"),
        ("0.001", "1e-3"),
        ("+0.25", "0.25"),
        ("0.25", "-0.25"),
        ("0.0", "-0.0"),
        ("0.0", "1e-320"),
        ("inf", "-inf"),
        ("inf", "1.7976931348623157e+308"),
        ("nan", "0.0"),
        ("1.0e-12", "2.0e-12"),
        ("1e-05", "1e-06"),
        ("version 1.2.0", "version 1.2.1"),
        ("1.2.0.0000000000000001", "1.2.0.0000000000000002"),
        ("v1.2", "v1.2000000000000002"),
        ("float64", "float32"),
        ("1.5 nats", "1.5 bits"),
        ("1.5  nats", "1.5 nats"),
        ("1.5\n2.5\n", "2.5\n1.5\n"),
        ("1.5\n", "1.5\n1.5\n"),
        ("1.5\n1.5\n", "1.5\n"),
        ("1.5\n", "1.5"),
        ("1.5\r\n", "1.5\n"),
        ("", "1.5"),
    ],
)
def test_everything_else_is_the_same(written: str, computed: str) -> None:
    assert not agree(written, computed)
    assert not agree(computed, written)


TIE = 0.01845


@pytest.mark.parametrize("unrounded", [TIE, math.nextafter(TIE, 0), math.nextafter(TIE, 1), -TIE])
def test_a_last_printed_digit_differs_where_rounding_explains_it(unrounded: float) -> None:
    assert agree("0.0184", "0.0185", [3.0, unrounded])
    assert agree("0.0185", "0.0184", lambda: [unrounded])
    assert not agree("0.0183", "0.0185", [unrounded])
    assert not agree("0.0185", "0.0186", [unrounded])
    assert not agree("0.0184", "-0.0185", [unrounded])


@pytest.mark.parametrize("unrounded", [0.0184, 0.0185, 0.018450001, 0.018449999, math.inf, math.nan])
def test_a_number_that_is_not_just_between_explains_nothing(unrounded: float) -> None:
    assert not agree("0.0184", "0.0185", [unrounded])


@pytest.mark.parametrize(
    ("written", "computed", "between"),
    [("1.5", "1.49", 1.495), ("1.00", "0.999", 0.9995), ("2.5e-07", "2.4e-07", 2.45e-7), ("4.25 %", "4.26 %", 4.255)],
)
def test_rounding_over_a_stripped_zero_or_a_power_of_ten(written: str, computed: str, between: float) -> None:
    assert agree(written, computed, [between])
    assert not agree(written, computed, [between * 1.001])
    assert not agree(written, computed)


def test_what_was_rounded_is_asked_for_only_where_it_decides() -> None:
    def never() -> list[float]:
        raise AssertionError("asked for")

    assert agree("a 0.3\n", "a 0.30000000000000004\n", never)
    assert not agree("a 0.3\n", "b 0.3\n", never)


def test_a_changed_line_keeps_the_digits_of_the_others() -> None:
    assert settled("a 0.3\nb 2\n", "a 0.30000000000000004\nb 3\nc 0.1\n") == "a 0.3\nb 3\nc 0.1\n"
    assert settled("a 0.3\nb 2\n", "b 2\na 0.30000000000000004\n") == "b 2\na 0.3\n"


def test_numbers_of_a_document() -> None:
    document = {"value": 0.25, "n": 4, "rows": [1.5, None, {"x": True}], "text": "3.5"}
    assert numbers_of(document) == [0.25, 25.0, 1.5, 150.0]
