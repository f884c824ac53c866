"""`python -m tests.soak`: many people at once, for ten minutes. Exit 1 when anything broke."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.app_server import ROOT
from tests.bench.bench import RESULTS, machine_facts
from tests.soak.plan import Plan
from tests.soak.run import run
from tests.soak.verdicts import summary


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m tests.soak")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--sessions", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0, help="of photos and choices")
    parser.add_argument("--pause", type=float, default=30.0, help="longest pause of a visitor, s")
    parser.add_argument("--kills", type=int, help="browsers that are killed (one in five)")
    parser.add_argument("--no-restart", action="store_true", help="leave the server alone")
    parser.add_argument("--cache-mb", type=int, default=200, help="RPN_CACHE_MB of the server")
    return parser.parse_args()


def table(result: dict[str, Any]) -> str:
    """The result for people, as Markdown."""
    lines = [
        "| session | actions | uploads | to the picture p50 / p95 / max, s | marks read "
        "| downloads compared | saw the queue |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in result["sessions"]:
        times = row["upload_to_picture_s"]
        name = f"{row['session']}{' (large input)' if row['large_input'] else ''}"
        lines.append(
            f"| {name} | {sum(row['actions'].values())} | {times['count']} | {_times(times)} "
            f"| {row['marks_read']} | {row['downloads_compared']} | {row['queue_seen']} |"
        )
    memory = result["memory_MB"]
    calm, rush = (result["upload_to_picture_s"][name] for name in ("calm", "all at once"))
    lines += [
        "",
        f"{result['actions']} actions. Upload to picture p50 / p95 / max, s: {_times(calm)} "
        f"({calm['count']}); when all upload at once {_times(rush)} ({rush['count']}).",
        f"{result['marks_read']} marks read; {result['downloads_compared']} downloads compared; "
        f"at most {result['most_waiting']} waited, and {result['queue_seen_by']} saw their place.",
        f"Downloads that took a second click: {result['second_clicks']}. "
        f"Browsers killed: {len(result['browsers_killed'])}. Server away: "
        f"{result['said_that_the_server_was_away']} pages said so, {result['came_back']} came "
        "back.",
        "Server's memory, MB: "
        + ", ".join(f"{name} {_megabytes(value)}" for name, value in memory.items()),
    ]
    lines += ["", *(f"BROKEN: {words}" for words in result["broken"])]
    return "\n".join(lines if result["broken"] else [*lines, "Nothing broke."])


def _times(times: dict[str, Any]) -> str:
    if not times["count"]:
        return "-"
    return " / ".join(f"{times[name]:.1f}" for name in ("p50", "p95", "max"))


def _megabytes(value: float | None) -> str:
    return "not measured" if value is None else f"{value:,.0f}"


def _say(words: str) -> None:
    print(f"{time.strftime('%H:%M:%S')}  {words}", file=sys.stderr, flush=True)


def main() -> int:
    arguments = _arguments()
    # As with Ctrl-C, what is open is closed on the way out.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    seconds = 60 * arguments.minutes
    kills = arguments.sessions // 5 if arguments.kills is None else arguments.kills
    plan = Plan(
        arguments.sessions, seconds, arguments.seed, arguments.pause,
        rush_every_s=min(180.0, seconds / 3), kills=kills, restart=not arguments.no_restart,
        cache_mb=arguments.cache_mb,
    )  # fmt: skip
    facts = machine_facts()
    folder = RESULTS / f"soak-{facts['time'].replace(':', '')}"
    folder.mkdir(parents=True)
    outcome = run(plan, folder, _say)
    result = {"machine": facts, "plan": asdict(plan), **summary(outcome)}
    _write(folder / "soak.json", result)
    print(table(result))
    print(f"\nwritten to {folder.relative_to(ROOT)}")
    return 1 if result["broken"] else 0


def _write(path: Path, result: dict[str, Any]) -> None:
    path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
