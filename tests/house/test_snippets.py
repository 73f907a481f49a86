"""The pages' files for CI and configuration: they parse, name what exists, and their commands run in a shell."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ROOT, environment

TEXT = "".join((ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("ci.md", "configuration.md"))
SNIPPETS = dict(re.findall(r"<!-- snippet: (\S+) -->\n```\w+\n(.*?)```", TEXT, re.S))
WORKFLOW, HOOKS, CONFIG = ".github/workflows/loss.yml", ".pre-commit-config.yaml", "losscli.toml"
DATA = "sample_data/cancer/logits.npy sample_data/cancer/labels.npy"
BASE = f"losscli compute focal {DATA} -o main.json --per-sample main.npy"


@pytest.fixture
def checkout(tmp_path: Path, sample_data: Path) -> Path:
    """A folder with the data, and first on its path a losscli that is this one and a pip that installs nothing."""
    (tmp_path / "sample_data").symlink_to(sample_data)
    (tmp_path / "bin").mkdir()
    stub(tmp_path / "bin/losscli", 'exec "$PYTHON" -m losscli "$@"')
    stub(tmp_path / "bin/python", '[ "$*" = "-m pip install losscli" ] || exit 9; echo "$*" >> installed')
    return tmp_path


def stub(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def shell(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A line as GitHub's runner starts it."""
    path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    variables = environment(PATH=path, PYTHON=sys.executable, GITHUB_STEP_SUMMARY=str(folder / "summary"))
    words = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", line]
    return subprocess.run(words, capture_output=True, text=True, cwd=folder, env=variables, timeout=120)


def test_all_are_there() -> None:
    assert set(SNIPPETS) == {WORKFLOW, HOOKS, CONFIG}
    assert "\t" not in "".join(SNIPPETS.values())


def steps() -> list[dict[str, Any]]:
    found = yaml.safe_load(SNIPPETS[WORKFLOW])
    assert found[True] == ["pull_request"]  # YAML 1.1 reads `on` so, and GitHub knows
    (job,) = found["jobs"].values()
    assert isinstance(job["runs-on"], str)
    listed: list[dict[str, Any]] = job["steps"]
    return listed


def test_the_workflow_is_one() -> None:
    for step in steps():
        assert len({"run", "uses"} & set(step)) == 1
        assert set(step) <= {"run", "uses", "with", "if", "name"}
        if "uses" in step:
            assert re.fullmatch(r"actions/[a-z-]+@v\d+", step["uses"])
    assert any("--report github" in step.get("run", "") for step in steps())


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_the_workflow_runs(checkout: Path) -> None:
    assert shell(BASE, checkout).returncode == 0
    for step in steps():
        if "run" in step:
            ended = shell(step["run"], checkout)
            assert ended.returncode == 0, ended.stderr
            assert "inconclusive" not in ended.stderr
    assert (checkout / "installed").read_text() == "-m pip install losscli\n"
    for step in steps():
        if "path" in step.get("with", {}):
            assert (checkout / step["with"]["path"]).stat().st_size > 0
    assert "focal" in (checkout / "summary").read_text()


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_the_workflow_fails_on_a_worse_loss(checkout: Path) -> None:
    assert shell(f"{BASE} --gamma 3", checkout).returncode == 0  # another recipe is no baseline
    for step in steps():
        if "run" in step:
            ended = shell(step["run"], checkout)
            assert ended.returncode == ("gate" in step["run"]), step["run"]
            if "gate" in step["run"]:
                assert shell(f"{step['run']} --exit-zero", checkout).returncode == 0
    assert "failure" in (checkout / "loss.xml").read_text()


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_the_hook(checkout: Path) -> None:
    (repo,) = yaml.safe_load(SNIPPETS[HOOKS])["repos"]
    assert repo["repo"] == "local"
    (hook,) = repo["hooks"]
    assert {"id", "name", "entry", "language"} <= set(hook)
    assert hook["additional_dependencies"] == ["losscli"]
    assert hook["pass_filenames"] is False
    words = shlex.split(hook["entry"])
    for file in [word for word in words if word.startswith("sample_data/")]:
        assert re.search(hook["files"], file)
    assert shell(hook["entry"], checkout).returncode == 0
    assert shell(re.sub(r"--max \S+", "--max 0.01", hook["entry"]), checkout).returncode == 1


def test_the_configuration(cli: Any, tmp_path: Path, in_samples: Path) -> None:
    import json

    tomllib.loads(SNIPPETS[CONFIG])
    for name, text in (("losscli.toml", SNIPPETS[CONFIG]), ("pyproject.toml", nested(SNIPPETS[CONFIG]))):
        (tmp_path / name).write_text(text)
        ran = cli("compute", "focal", "cancer/logits.npy", "cancer/labels.npy", "--config", tmp_path / name, "-v")
        assert json.loads(ran.out)["results"][0]["params"]["gamma"] == 2.0
        assert f"{name} sets threads = 2, format = json, gamma = 2.\n" in ran.err


def nested(text: str) -> str:
    """The same under [tool.losscli]."""
    return "[tool.losscli]\n" + re.sub(r"^\[", "[tool.losscli.", text, flags=re.M)
