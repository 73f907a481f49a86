"""Which machine and which versions a record is of."""

from __future__ import annotations

import os
import platform
import re
from importlib import metadata
from pathlib import Path
from typing import Any

PACKAGES = (
    *("losscli", "numpy", "torch", "torchmetrics", "keras", "tensorflow-cpu", "jax", "optax", "scikit-learn", "numba"),
    *("pandas", "pyarrow", "polars", "duckdb", "click"),
)


def machine() -> dict[str, Any]:
    """Processor, cores, memory, kernel, Python."""
    cpu = _found(r"^model name\s*:\s*(.+)$", "/proc/cpuinfo") or platform.processor() or "unknown"
    memory = _found(r"^MemTotal:\s*(\d+) kB$", "/proc/meminfo")
    return {
        "cpu": cpu,
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory GB": round(int(memory) / 1048576, 1) if memory else None,
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }


def _found(pattern: str, path: str) -> str | None:
    try:
        hit = re.search(pattern, Path(path).read_text(errors="replace"), re.M)
    except OSError:
        return None
    return hit[1].strip() if hit else None


def versions() -> dict[str, str]:
    """Installed versions of what is compared."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    try:
        import losscli

        found["losscli"] = losscli.__version__
    except ImportError:
        pass
    return found


if __name__ == "__main__":
    import json

    print(json.dumps({"machine": machine(), "versions": versions()}))
