"""The order of the families of losses."""

from __future__ import annotations

from typing import NamedTuple

from losscli.core import registry
from losscli.core.families import FAMILIES, by_family


class Member(NamedTuple):
    name: str
    family: str


def test_every_family_has_a_place() -> None:
    listed = registry.listing()
    assert {each.family for each in listed if not each.plugin} == set(FAMILIES)
    assert [each for members in by_family(listed).values() for each in members] != listed
    assert list(by_family(listed))[: len(FAMILIES)] == list(FAMILIES)


def test_families_that_are_not_listed_come_last() -> None:
    losses = [Member("a", "of a plugin"), Member("b", ""), Member("c", "survival"), Member("d", "regression")]
    assert by_family(losses) == {
        "regression": [losses[3]],
        "survival": [losses[2]],
        "of a plugin": [losses[0]],
        "other": [losses[1]],
    }
