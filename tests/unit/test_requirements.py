"""Bounds of the package, pins of the two commands, and no tool or version that is named twice."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import rpn_core
from tests.unit.test_layers import LIBRARY, PAGES, ROOT, imported

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PROJECT = PYPROJECT["project"]
OURS = {"rpn_core", "pages", "app"}


def requirements(lines: list[str]) -> dict[str, Requirement]:
    """By name; a name that comes twice is an error."""
    found: dict[str, Requirement] = {}
    for line in lines:
        requirement = Requirement(line)
        name = canonicalize_name(requirement.name)
        assert name not in found, f"{name} is named twice"
        found[name] = requirement
    return found


def pinned(file: str) -> dict[str, str]:
    """Name -> version of a file of pins."""
    lines = [line.split("#")[0].strip() for line in (ROOT / file).read_text("utf-8").splitlines()]
    found = requirements([line for line in lines if line])
    versions = {}
    for name, requirement in found.items():
        (pin,) = requirement.specifier
        assert pin.operator == "=="
        versions[name] = pin.version
    return versions


RUN, TESTS = pinned("requirements.txt"), pinned("tests/requirements.txt")
NEEDED = requirements(PROJECT["dependencies"])
OPTIONAL = requirements(
    [line for extra in PROJECT["optional-dependencies"].values() for line in extra]
)


def test_what_the_commands_install_is_what_the_package_needs():
    assert set(RUN) == set(NEEDED)
    assert set(OPTIONAL) <= set(TESTS)
    assert set(RUN) & set(TESTS) == set()


@pytest.mark.parametrize("name", [*NEEDED, *OPTIONAL])
def test_every_pin_is_within_the_bounds(name):
    bounds = (NEEDED | OPTIONAL)[name].specifier
    assert bounds.contains({**RUN, **TESTS}[name])
    if not str(bounds).startswith("=="):
        assert {bound.operator for bound in bounds} == {">=", "<"}


def test_what_builds_the_package_is_pinned_for_its_test():
    (builder,) = map(Requirement, PYPROJECT["build-system"]["requires"])
    assert builder.specifier.contains(TESTS[builder.name])


def test_whatever_is_imported_is_declared():
    tops = {
        name.partition(".")[0]
        for path in [*LIBRARY, *PAGES, ROOT / "app.py"]
        for name in imported(path)
    }
    foreign = tops - OURS - set(sys.stdlib_module_names)
    sold_as = packages_distributions()
    declared = set(NEEDED) | set(OPTIONAL)
    assert {"torch", "yaml", "cv2"} <= foreign
    assert {
        name
        for name in foreign
        if not declared & {canonicalize_name(seller) for seller in sold_as.get(name, [name])}
    } == set()


def test_the_version_is_written_once():
    assert PROJECT["dynamic"] == ["version"]
    assert PYPROJECT["tool"]["hatch"]["version"]["path"] == "rpn_core/__init__.py"
    assert re.fullmatch(r"\d+\.\d+\.\d+", rpn_core.__version__)


def test_the_hooks_before_a_commit_run_what_make_lint_runs():
    """By calling it: then no tool has a second version that could differ."""
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))
    assert {repository["repo"] for repository in config["repos"]} == {"local"}
    hooks = [hook for repository in config["repos"] for hook in repository["hooks"]]
    assert [hook["entry"] for hook in hooks] == ["make lint"]
    told = subprocess.run(
        ["make", "--dry-run", "lint"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert {"ruff format --check .", "ruff check .", "mypy"} <= {
        line.rpartition(".venv/bin/")[2] for line in told.stdout.splitlines()
    }
    assert {"ruff", "mypy"} <= set(TESTS)


def test_the_example_in_the_readme_is_of_the_public_surface():
    text = (ROOT / "README.md").read_text("utf-8")
    used = set(re.findall(r"\brpn_core\.([a-z_]+)\(", text))
    assert used
    assert used <= set(rpn_core.PUBLIC)
