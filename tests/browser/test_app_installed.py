"""The package as somebody has it who installed it: from a wheel, in another folder, no checkout."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import urllib.request
import venv
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

import rpn_core
from rpn_core.cli import COMMANDS
from tests.app_server import ROOT, AppServer
from tests.browser.app_page import AppPage

# Some of what the app cannot do without; the rest is compared with the checkout.
SHIPPED = {
    "rpn_core/py.typed",
    "rpn_explorer/.streamlit/config.toml",
    "rpn_explorer/app.py",
    "rpn_explorer/assets/locale/messages.pot",
    "rpn_explorer/assets/models/lite0-fpn.safetensors",
    "rpn_explorer/assets/samples/astronaut.jpg",
    "rpn_explorer/pages/explore.py",
    "rpn_explorer/pages/_ui/canvas/canvas.css",
    "rpn_explorer/pages/_ui/canvas/js/main.js",
}
FOR_THE_README = "assets/screenshot.png"
LARGEST_BYTES = 12_000_000  # weights 7.8 MB, samples 0.8 MB
LEAST_PROPOSALS = 100


def _pip(*arguments: object) -> None:
    """Without the network: what is to be built from is there."""
    subprocess.run(
        [sys.executable, "-m", "pip", "-q", *map(str, arguments)],
        check=True, env=_environment(), timeout=300,
    )  # fmt: skip


def _environment() -> dict[str, str]:
    """Of somebody who has no checkout: nothing of it can be imported."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


def _built(source: Path, folder: Path) -> Path:
    _pip("wheel", "--no-deps", "--no-index", "--no-build-isolation", "-w", folder, source)
    (wheel,) = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As `pip install .` makes it."""
    return _built(ROOT, tmp_path_factory.mktemp("wheel"))


class Installed:
    """An environment with the wheel in it, and everything else from the one of the tests.

    Attributes:
        home: where its user works: an empty folder.
        site: where its packages lie.
    """

    def __init__(self, folder: Path, wheel: Path) -> None:
        self._venv, self.home = folder / "venv", folder / "home"
        self.home.mkdir()
        venv.create(self._venv, symlinks=True)
        (self.site,) = self._venv.glob("lib/python*/site-packages")
        (here,) = {str(path) for path in map(Path, sys.path) if (path / "streamlit").is_dir()}
        (self.site / "of_the_tests.pth").write_text(here)
        _pip("--python", self._venv / "bin" / "python", "install", "--no-deps", "--no-index", wheel)

    def command(self, name: str, *arguments: object) -> list[str]:
        return [str(self._venv / "bin" / name), *map(str, arguments)]

    def run(self, name: str, *arguments: object) -> str:
        """What a program of the environment prints, called from `home`."""
        done = subprocess.run(
            self.command(name, *arguments), cwd=self.home, env=_environment(),
            capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Installed:
    made = Installed(tmp_path_factory.mktemp("installed"), wheel)
    for name in ("pages", "assets"):  # packages of others may be called so
        (made.site / name).mkdir()
        (made.site / name / "__init__.py").write_text("raise ImportError('of others')")
    (made.site / "app.py").write_text("raise ImportError('of others')")
    (made.home / "numpy.py").write_text("raise ImportError('a script of the user')")
    settings = made.home / ".streamlit" / "config.toml"  # for the user's own apps
    settings.parent.mkdir()
    settings.write_text("[client]\ntoolbarMode = 'developer'\nshowErrorDetails = 'full'\n")
    return made


@pytest.fixture
def server(installed: Installed, tmp_path: Path) -> Iterator[AppServer]:
    server = AppServer("", tmp_path / "log.txt")
    server.command = installed.command("rpn-explorer", "app", "--port", server.port)
    server.cwd = installed.home
    server.environment = _environment()
    server.start()
    yield server
    server.end()


def test_the_wheel_has_all_that_the_app_needs_and_claims_no_common_name(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.partition("/")[0] for name in names}
    assert tops == {"rpn_core", "rpn_explorer", f"rpn_explorer-{rpn_core.__version__}.dist-info"}
    assert set(names) >= SHIPPED
    here = [path for top in ("rpn_core", "pages", "assets") for path in (ROOT / top).rglob("*")]
    files = {
        path.relative_to(ROOT).as_posix()
        for path in here
        if path.is_file() and "__pycache__" not in path.parts
    }
    inside = {re.sub("^(pages|assets)/", r"rpn_explorer/\1/", file) for file in files}
    assert inside - set(names) == {f"rpn_explorer/{FOR_THE_README}"}
    size = wheel.stat().st_size
    print(f"the wheel has {size:,} bytes in {len(names)} files")
    assert size < LARGEST_BYTES


def test_a_wheel_by_way_of_the_source_archive_is_the_same(wheel: Path, tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", tmp_path],
        cwd=ROOT, check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    (archive,) = tmp_path.glob("*.tar.gz")
    again = _built(archive, tmp_path / "again")
    assert zipfile.ZipFile(again).namelist() == zipfile.ZipFile(wheel).namelist()


def test_it_is_the_installed_library_that_is_imported(installed: Installed) -> None:
    script = "import rpn_core, rpn_core.shipped as s; print(rpn_core.__file__, s.ASSETS, sep='\\n')"
    code, assets = installed.run("python", "-P", "-c", script).splitlines()
    assert Path(code) == installed.site / "rpn_core" / "__init__.py"
    assert Path(assets) == installed.site / "rpn_explorer" / "assets"


def test_the_command_has_every_subcommand_and_its_version(installed: Installed) -> None:
    assert installed.run("rpn-explorer", "--version") == f"rpn-explorer {rpn_core.__version__}\n"
    told = installed.run("rpn-explorer", "--help")
    assert told.startswith("usage: rpn-explorer ")
    assert all(re.search(rf"^ +{name}\s", told, re.MULTILINE) for name in COMMANDS)
    assert "bundled" in installed.run("rpn-explorer", "models")


def test_the_command_finds_proposals_with_the_weights_that_came_along(
    installed: Installed, tmp_path: Path
) -> None:
    photo = installed.site / "rpn_explorer" / "assets" / "samples" / "cat.jpg"
    installed.run("rpn-explorer", "propose", photo, "--out", tmp_path / "found.json")
    rows = json.loads((tmp_path / "found.json").read_text())
    assert len(rows) >= LEAST_PROPOSALS
    assert {row["file_name"] for row in rows} == {"cat.jpg"}


@pytest.mark.browser
def test_the_installed_app_shows_proposals(
    server: AppServer, installed: Installed, new_page: Callable[..., Page]
) -> None:
    with urllib.request.urlopen(f"{server.url}/health", timeout=30) as answer:
        assert json.loads(answer.read())["version"] == rpn_core.__version__
    app = AppPage(new_page(), server.url)
    app.open()
    assert app.funnel_now()["Kept: proposals"] >= LEAST_PROPOSALS
    app.shows_no_traceback()
    # The app's own settings are in force, not those of the folder where it was started.
    expect(app.page.get_by_test_id("stAppDeployButton")).to_have_count(0)
    assert "usage statistics" not in server.log.read_text()
    assert not list(installed.home.rglob("__pycache__"))
    app.go("Anchor design")
    expect(app.page).to_have_title("Anchor design · RPN Explorer")
    app.idle()
    app.shows_no_traceback()
