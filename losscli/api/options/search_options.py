"""Run options of the searches through groups and parameters: losscli slices and losscli sweep."""

from __future__ import annotations

from . import option_types as types
from .list_types import GroupColumns
from .object_types import Rate
from .run_option import SEARCH, RunOption

SEARCH_OPTIONS = (
    RunOption(
        "over", GroupColumns(),
        "The columns of any file in which groups are looked for; age:10 for bins of width 10.", SEARCH, "slices",
        "slices", default=(), metavar="COLUMN[,COLUMN]", completes="columns",
    ),
    RunOption(
        "depth", types.Whole(1, 3), "Groups are told by the values of so many columns at most.", SEARCH, "slices",
        "slices", default=3, metavar="1|2|3",
    ),
    RunOption(
        "quantile_bins", types.Whole(2, 20),
        "A column of numbers is cut into so many bins, each with about as many rows.", SEARCH, "slices", "slices",
        default=8, metavar="N",
    ),
    RunOption(
        "fdr", Rate(), "The share of groups among those listed that are no worse than the rest, as expected at most.",
        SEARCH, "slices", "slices", default=0.05, unset="5%", metavar="RATE",
    ),
    RunOption(
        "candidates", types.Whole(1, 100),
        "So many groups that one half of the rows finds are tested with the other half.", SEARCH, "slices", "slices",
        default=20, metavar="K",
    ),
)  # fmt: skip
