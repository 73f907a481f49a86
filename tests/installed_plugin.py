"""Packages with losses, installed for a test: by pip from a wheel, or as the files that an installation leaves."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from pathlib import Path

from conftest import ROOT, environment

EXAMPLE = ROOT / "tests" / "plugin_example"


def wheel_of(project: Path, into: Path) -> Path:
    """A wheel of a pure project, with what its pyproject.toml says: what its build backend would make."""
    table = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))
    about = table["project"]
    name, version = about["name"].replace("-", "_"), about["version"]
    files = {}
    for package in table["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]:
        paths = (path for path in (project / package).rglob("*.py"))
        files |= {path.relative_to(project).as_posix(): path.read_text(encoding="utf-8") for path in paths}
    info = f"{name}-{version}.dist-info"
    files |= {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {about['name']}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": entry_points(about["entry-points"]["losscli.losses"]),
    }
    files[f"{info}/RECORD"] = "".join(f"{path},,\n" for path in [*files, f"{info}/RECORD"])
    wheel = into / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return wheel


def entry_points(entries: dict[str, str]) -> str:
    """The file that names a package's losses."""
    return "[losscli.losses]\n" + "".join(f"{name} = {value}\n" for name, value in entries.items())


def environment_with_example(folder: Path) -> Path:
    """The Python of a virtual environment in which pip has installed the example; it also sees this one's packages."""
    venv = folder / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True, timeout=120)
    python = venv / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    asked = "import json, sysconfig; print(json.dumps(sysconfig.get_path('purelib')))"
    site = Path(json.loads(subprocess.run([python, "-c", asked], check=True, capture_output=True).stdout))
    (site / "this_environment.pth").write_text(f"{sysconfig.get_path('purelib')}\n", encoding="utf-8")
    pip = [sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check", "install"]
    wheel = wheel_of(EXAMPLE, folder)
    subprocess.run(
        [*pip, "--no-deps", "--no-index", wheel], check=True, capture_output=True, env=environment(), timeout=120
    )
    return python


def install(site: Path, package: str, entries: dict[str, str], version: str = "1.0", **modules: str) -> None:
    """The files that an installed package leaves in a folder of packages."""
    info = site / f"{package.replace('-', '_')}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(entry_points(entries), encoding="utf-8")
    for name, source in modules.items():
        (site / f"{name}.py").write_text(source, encoding="utf-8")
