"""A few visitors at once, half a minute of `make soak`: each sees what is its own, all the time."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.soak.plan import Plan
from tests.soak.run import run
from tests.soak.verdicts import broken, summary

pytestmark = pytest.mark.browser

PLAN = Plan(sessions=4, seconds=25, pause_s=2, rush_every_s=10, kills=1, restart=False)


@pytest.mark.timeout(600)
def test_many_at_once_are_kept_apart(browser: Browser, tmp_path: Path) -> None:
    assert browser.is_connected()  # skips where there is none; the visitors have their own
    outcome = run(PLAN, tmp_path)
    assert broken(outcome) == []
    told = summary(outcome)
    assert told["actions"] >= PLAN.sessions
    assert told["marks_read"] > 20
