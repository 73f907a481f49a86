"""Records behave as frozen dataclasses do."""

from __future__ import annotations

import copy
import pickle
from typing import ClassVar

import pytest

from losscli.core.record import field, fields, mutable, record, replace


@record
class Point:
    x: int
    y: int = 2
    tags: list[str] = field(default_factory=list)
    unit: ClassVar[str] = "m"

    @property
    def sum(self) -> int:
        return self.x + self.y


@record
class Named(Point):
    name: str = "origin"
    x: int = 0


@mutable
class Tally:
    count: int = 0

    def __post_init__(self) -> None:
        self.count += 1


def test_fields_defaults_and_order() -> None:
    assert fields(Point) == fields(Point(1)) == ("x", "y", "tags")
    assert (Point(1).y, Point(1, 5).y, Point(1, y=7).y, Point(1).sum) == (2, 5, 7, 3)
    assert fields(Named) == ("x", "y", "tags", "name")
    assert (Named().x, Named(name="a").name, Named(4).x) == (0, "a", 4)


def test_a_default_factory_makes_each_record_its_own() -> None:
    assert Point(1).tags == []
    assert Point(1).tags is not Point(1).tags
    assert Point(1, tags=["a"]).tags == ["a"]


def test_equality_hash_and_text() -> None:
    assert Point(1) == Point(1, 2) != Point(2)
    assert Named(1) != Point(1)
    assert repr(Point(1)) == "Point(x=1, y=2, tags=[])"
    assert hash(Point(1, tags=())) == hash(Point(1, tags=()))  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        hash(Tally())


def test_frozen_and_mutable() -> None:
    for change in (lambda: setattr(Point(1), "x", 2), lambda: delattr(Point(1), "x")):
        with pytest.raises(AttributeError, match="Point is frozen: x"):
            change()
    tally = Tally(4)
    tally.count += 1
    assert tally == Tally(5)
    assert replace(tally, count=1).count == 2


def test_replace_copy_and_pickle() -> None:
    point = Point(1, 5, ["a"])
    assert replace(point, x=3) == Point(3, 5, ["a"])
    assert copy.deepcopy(point) == pickle.loads(pickle.dumps(point)) == point


@pytest.mark.parametrize(
    ("args", "given", "text"),
    [
        ((), {}, "Point needs x"),
        ((1, 2, [], 4), {}, "Point takes 3 values, got 4"),
        ((1,), {"z": 1}, "Point has no field 'z'"),
        ((), {"z": 1}, "Point has no field 'z'"),
        ((1,), {"x": 1}, "Point got 'x' twice"),
        ((), {"y": 1, "tags": []}, "Point needs x"),
    ],
)
def test_mistakes_have_a_sentence(args: tuple[int, ...], given: dict[str, object], text: str) -> None:
    with pytest.raises(TypeError, match=text):
        Point(*args, **given)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        replace(Point(1), z=1)
