"""Compiles losscli's loops in C while a wheel is built, if there is a C compiler; losscli works without them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SOURCES = ("losscli/core/sums/_group_sums.c",)
# no product and sum may become one operation, which rounds once where NumPy rounds twice
FLAGS = ["-O2", "-ffp-contract=off"]


class CompiledLoops(BuildHookInterface):
    """What hatchling calls: the modules are built beside their sources, where an editable install finds them too."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and let the wheel have what was made; a wheel without it is a pure one."""
        modules = compiled(Path(self.root))
        if modules:
            build_data["pure_python"], build_data["infer_tag"] = False, True
            build_data["artifacts"] += [f"/{path.relative_to(self.root).as_posix()}" for path in modules]


def compiled(root: Path) -> list[Path]:
    """Compile every source, and return the modules that there are now. Where anything fails, there are none."""
    modules: list[Path] = []
    for source in SOURCES:
        path = root / source
        for old in path.parent.glob(f"{path.stem}.*"):
            if old.suffix in (".so", ".pyd"):
                old.unlink()
        try:
            modules.append(_compile(path))
        except (Exception, SystemExit) as problem:  # whatever a compiler that is missing or strange may raise
            print(f"losscli is built without {path.name}: {problem}", file=sys.stderr)
    return modules


def _compile(source: Path) -> Path:
    from tempfile import TemporaryDirectory

    from setuptools import Distribution, Extension
    from setuptools.command.build_ext import build_ext

    extension = Extension(source.stem, [source.name], extra_compile_args=FLAGS, py_limited_api=True)
    with TemporaryDirectory() as folder:
        command = build_ext(Distribution({"name": "losscli", "ext_modules": [extension]}))
        command.build_temp, command.build_lib = folder, folder
        command.ensure_finalized()
        extension.sources = [str(source)]
        command.run()
        made = Path(command.get_outputs()[0])
        module = source.parent / made.name
        module.write_bytes(made.read_bytes())
    return module
