"""The losses, one a file; a file's name is its loss's name. `_*.py` hold what several kernels share.

The package bears the name of the public function `losscli.losses()`, so it is that function as well.
"""

import sys
from types import ModuleType
from typing import Any


class _Callable(ModuleType):
    def __call__(self) -> dict[str, Any]:
        from ..core import registry

        return dict(registry.everything())


sys.modules[__name__].__class__ = _Callable
