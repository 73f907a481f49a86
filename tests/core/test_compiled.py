"""What is compiled gives the numbers that NumPy gives, to the bit."""

from __future__ import annotations

import itertools
import math
import pickle
import runpy
import subprocess
import sys
import sysconfig
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st

from losscli.core.sums import compiled
from losscli.core.sums.grouped import GroupedStates

SOURCE = ROOT / "losscli/core/sums/_group_sums.c"
EDGES = [0.0, -0.0, 1.0, 5e-324, -5e-324, 2.0**-1022, 1.7976931348623157e308, -(2.0**1023), 2.0**-30, 2.0**10, 1e-160]
ROWS = st.tuples(
    st.integers(0, 3),
    st.sampled_from([*EDGES, math.inf, -math.inf, math.nan]) | st.floats(),
    st.sampled_from(EDGES) | st.floats(-1e3, 1e3),
    st.sampled_from([0.0, 1.0, 3.0, 0.1, 1e-300, 1e300]),
)


@pytest.fixture(scope="module")
def group_sums(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The module that is installed, or one that is compiled here."""
    if (module := compiled.group_sums()) is not None:
        return module
    path = tmp_path_factory.mktemp("compiled") / "_group_sums.abi3.so"
    include = sysconfig.get_path("include")
    command = ["cc", "-O2", "-shared", "-fPIC", f"-I{include}", str(SOURCE), "-o", str(path)]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=60)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("there is no C compiler here, or no header of Python")
    spec = spec_from_file_location("_group_sums", path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def summed(rows: list[Any], step: int, kind: str) -> GroupedStates:
    group = np.array([row[0] for row in rows], dtype=np.int64)
    terms = [np.array([row[i] for row in rows], dtype=np.float64) for i in (1, 2)]
    weight = np.array([row[3] for row in rows])
    states = GroupedStates(2)
    for start in range(0, len(rows), step):
        part = slice(start, start + step)
        states.grow(max(4, start))
        ignored = weight[part] == 3.0 if kind == "ignored" else None
        repeats = np.floor(weight[part]) if kind == "repeats" else None
        own = repeats if kind == "repeats" else weight[part] if kind == "weighted" and start else None
        states.add(group[part], [term[part] for term in terms], own, ignored, repeats)
    return states


def sums_of(states: GroupedStates) -> list[Any]:
    dicts = [states.state(group).to_dict() for group in range(states.size)]
    return [repr(dicts), [states.whole_total(term) for term in range(states.terms)], states.plain_rows().tolist()]


@given(
    st.lists(ROWS, min_size=1, max_size=40),
    st.integers(1, 50),
    st.sampled_from(["plain", "weighted", "ignored", "repeats"]),
)
def test_sums_of_groups_have_the_same_bits(group_sums: Any, rows: list[Any], step: int, kind: str) -> None:
    with pytest.MonkeyPatch.context() as patch, np.errstate(all="ignore"):
        patch.setattr(compiled, "_module", lambda _: group_sums)
        patch.delenv("LOSSCLI_COMPILED", raising=False)
        loops = summed(rows, step, kind)
        elsewhere = pickle.loads(pickle.dumps(loops))
        elsewhere.add(np.array([1]), [np.array([0.1])] * 2, None)
        loops.add(np.array([1]), [np.array([0.1])] * 2, None)
        patch.setenv("LOSSCLI_COMPILED", "0")
        arrays = summed(rows, step, kind)
        arrays.add(np.array([1]), [np.array([0.1])] * 2, None)
        assert sums_of(loops) == sums_of(arrays) == sums_of(elsewhere)
        for states in (loops, arrays):  # either adds up what the other has counted
            other = summed(rows, step, kind)
            states.absorb(other, np.arange(other.size)[::-1])
        assert sums_of(loops) == sums_of(arrays)


def test_many_rows_carry_in_both(group_sums: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "_module", lambda _: group_sums)
    values = np.full(1 << 19, -float((1 << 53) - 1))
    group = np.arange(len(values)) % 3
    made = []
    for switch in ("1", "0"):
        monkeypatch.setenv("LOSSCLI_COMPILED", switch)
        states = GroupedStates(1)
        states.grow(3)
        for _ in range(9):
            states.add(group, [values], None)
        made.append(sums_of(states))
    assert made[0] == made[1]


@pytest.mark.parametrize(
    "arguments",
    [
        ([], {}, None, np.array([5]), np.array([1.0]), np.array([1.0]), 0),  # no array has such a group
        ([], {0: np.zeros(3, np.int64)}, None, np.array([3]), np.array([1024.0]), np.array([1.0]), 0),
        ([], {0: np.zeros(3, np.int64)}, None, np.array([-1]), np.array([1024.0]), np.array([1.0]), 0),
        ([], {0: np.zeros(3, np.int64)}, None, np.array([0]), np.array([math.inf]), np.array([1.0]), 0),
        ([], None, {0: np.zeros(3, np.int64)}, np.array([0]), np.array([1.0]), np.array([math.nan]), 0),
        ([], {99: np.zeros(3, np.int64)}, None, np.array([0]), np.array([1.0]), np.array([1.0]), 0),
        ([], {0: np.zeros((3, 2), np.int64)}, None, np.array([0]), np.array([1.0]), np.array([1.0]), 0),
        ([], {0: np.zeros(3, np.int64)}, None, np.array([0]), np.array([1.0, 2.0]), np.array([1.0]), 0),
        ([np.zeros(3, np.int64)] * 9, {}, None, np.array([0]), np.array([1.0]), np.array([1.0]), 0),
        ([np.zeros(4, np.int64)[::2]], {0: np.zeros(3, np.int64)}, None, np.array([0]), np.ones(1), np.ones(1), 0),
    ],
)
def test_what_does_not_fit_is_refused(group_sums: Any, arguments: tuple[Any, ...]) -> None:
    """Memory that is no group's is never written to."""
    if arguments[1] == {} and not arguments[0]:
        row, sums, products = group_sums.add(*arguments)
        assert (row, sums, products) == (0, [-1], [])
        return
    with pytest.raises(ValueError, match=r"group|place|columns|lengths|counts"):
        group_sums.add(*arguments)
    for array in [*arguments[0], *(arguments[1] or {}).values(), *(arguments[2] or {}).values()]:
        assert not array.any()


def test_a_module_of_another_version_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "INTERFACE", -1)
    compiled._module.cache_clear()
    assert compiled.group_sums() is None
    compiled._module.cache_clear()


def test_a_build_without_a_compiler_has_no_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    interface = "hatchling.builders.hooks.plugin.interface"
    for name in itertools.accumulate(interface.split("."), "{}.{}".format):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setattr(sys.modules[interface], "BuildHookInterface", object, raising=False)
    hook = runpy.run_path(str(ROOT / "hatch_build.py"))
    copy = tmp_path / "losscli/core/sums" / SOURCE.name
    copy.parent.mkdir(parents=True)
    copy.write_bytes(SOURCE.read_bytes())
    copy.with_suffix(".abi3.so").write_bytes(b"of another time")
    monkeypatch.setenv("CC", "false")
    assert hook["compiled"](tmp_path) == []
    assert list(copy.parent.iterdir()) == [copy]
