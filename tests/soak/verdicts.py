"""The budgets, and what broke them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np

from tests.soak.offline import offline_precision
from tests.soak.records import Upload
from tests.soak.run import Outcome
from tests.soak.visitor import is_heavy

_ENOUGH = 3  # uploads of one visitor, to speak of a median
_FILLING_S = 60.0
# A pass of the largest input took 277 MB in bfloat16, for which the budget is, and 496 in float32.
_FLOAT32_MORE_MB = 220.0


def broken(outcome: Outcome) -> list[str]:
    """One sentence for each requirement that did not hold."""
    plan, records = outcome.plan, outcome.records
    everyone = range(plan.sessions)
    found = [f"fault at {fault}" for fault in records.faults]
    found += [f"the server's log: {line}" for line in outcome.log[:20]]
    found += [f"not the core's own proposals: {words}" for words in outcome.differences]
    done = Counter(session for session, _ in records.actions.elements())
    found += [f"session {n} did nothing to its end" for n in everyone if not done[n]]
    found += [f"session {n}'s mark was never read" for n in everyone if not records.marks_read[n]]
    compared = {download.session for download in records.downloads}
    found += [f"no proposals of session {n} were compared" for n in everyone if n not in compared]
    if plan.rushes_s() and not any(sample.waiting for sample in records.samples):
        found.append("/health never saw anybody wait for the network")
    if plan.rushes_s() and not any(records.busy_seen.values()):
        found.append("nobody saw a place in the queue while the network was busy")
    found += _gone(outcome)
    found += _memory(outcome)
    for rush in (False, True):
        found += _fairness(outcome, rush=rush)
    return found


def _gone(outcome: Outcome) -> list[str]:
    """Browsers that were killed, and a server that was."""
    plan, records, found = outcome.plan, outcome.records, []
    if sorted(records.killed) != sorted(plan.kill_times_s()):
        found.append(f"killed were the browsers of {records.killed}, not {plan.kill_times_s()}")
    if outcome.active_at_end != plan.sessions:
        found.append(f"the server knows {outcome.active_at_end} sessions of {plan.sessions}")
    if outcome.active_after or outcome.waiting_after:
        found.append(
            f"all have gone, but {outcome.active_after} sessions and {outcome.waiting_after} "
            "places in the line are left"
        )
    if plan.restart:
        missing = sorted(set(range(plan.sessions)) - records.came_back)
        if missing:
            found.append(f"sessions {missing} did not come back after the server did")
        if not records.said_lost:
            found.append("no page said that the server was away")
    return found


def memory_budget_mb(outcome: Outcome) -> float:
    """What the server may take at most."""
    plan = outcome.plan
    assert outcome.baseline_mb is not None
    passing = plan.passing_mb + (_FLOAT32_MORE_MB if offline_precision() == "float32" else 0.0)
    return outcome.baseline_mb + plan.cache_mb + plan.sessions * plan.session_mb + passing


def halves_mb(outcome: Outcome) -> tuple[float, float] | None:
    """Medians of memory in the first and the second half, without the time of filling.

    None for a run that is over before: on a busy machine the cache fills for half a minute.
    """
    end = min(outcome.plan.seconds, outcome.plan.restart_at_s)
    filled = max(_FILLING_S, 0.2 * end)
    level = [
        (sample.at_s, sample.memory_mb)
        for sample in outcome.records.samples
        if sample.memory_mb and sample.generation == 1 and filled < sample.at_s < end
    ]
    first = [mb for at, mb in level if at < 0.6 * end]
    second = [mb for at, mb in level if at >= 0.6 * end]
    if not first or not second:
        return None
    return float(np.median(first)), float(np.median(second))


def peak_mb(outcome: Outcome) -> float | None:
    return max((s.memory_mb for s in outcome.records.samples if s.memory_mb), default=None)


def _memory(outcome: Outcome) -> list[str]:
    peak, halves, found = peak_mb(outcome), halves_mb(outcome), []
    if peak is None or outcome.baseline_mb is None:
        return []  # a system that does not tell
    if peak > memory_budget_mb(outcome):
        found.append(
            f"the server took {peak:,.0f} MB, more than {memory_budget_mb(outcome):,.0f} MB"
        )
    if halves is not None and halves[1] > (1 + outcome.plan.growth) * halves[0]:
        found.append(
            f"memory grew from {halves[0]:,.0f} MB in the first half to {halves[1]:,.0f} MB"
        )
    return found


def seconds_by_session(uploads: Iterable[Upload], *, rush: bool) -> dict[int, list[float]]:
    times: dict[int, list[float]] = {}
    for upload in uploads:
        if upload.rush == rush:
            times.setdefault(upload.session, []).append(upload.seconds)
    return times


def _fairness(outcome: Outcome, *, rush: bool) -> list[str]:
    """Those who ask for the same are held against each other: large inputs take longer."""
    times = seconds_by_session(outcome.records.uploads, rush=rush)
    found = []
    for heavy in (False, True):
        equals = {n: seconds for n, seconds in times.items() if is_heavy(n) == heavy}
        overall = [second for seconds in equals.values() for second in seconds]
        if not overall:
            continue
        limit = outcome.plan.unfair * float(np.median(overall))
        found += [
            f"session {n} waited {np.median(seconds):.1f} s for its picture (median), more than "
            f"{limit:.1f} s"
            for n, seconds in equals.items()
            if len(seconds) >= _ENOUGH and np.median(seconds) > limit
        ]
    return found


def summary(outcome: Outcome) -> dict[str, Any]:
    """Everything as JSON."""
    records = outcome.records
    halves, peak = halves_mb(outcome), peak_mb(outcome)
    sessions = []
    for n in range(outcome.plan.sessions):
        mine = [upload for upload in records.uploads if upload.session == n]
        sessions.append({
            "session": n,
            "large_input": is_heavy(n),
            "actions": {name: count for (s, name), count in sorted(records.actions.items())
                        if s == n},
            "upload_to_picture_s": _spread(upload.seconds for upload in mine),
            "marks_read": records.marks_read[n],
            "downloads_compared": sum(d.session == n for d in records.downloads),
            "queue_seen": records.busy_seen[n],
            "interrupted": records.interrupted[n],
        })  # fmt: skip
    return {
        "actions": sum(records.actions.values()),
        "upload_to_picture_s": {
            name: _spread(u.seconds for u in records.uploads if u.rush == rush)
            for name, rush in (("calm", False), ("all at once", True))
        },
        "marks_read": sum(records.marks_read.values()),
        "downloads_compared": len(records.downloads),
        "most_waiting": max((sample.waiting for sample in records.samples), default=0),
        "queue_seen_by": sum(count > 0 for count in records.busy_seen.values()),
        "memory_MB": {
            "baseline": outcome.baseline_mb,
            "budget": outcome.baseline_mb and memory_budget_mb(outcome),
            "peak": peak,
            "first_half": halves and halves[0],
            "second_half": halves and halves[1],
        },
        "second_clicks": sum(records.second_clicks.values()),
        "browsers_killed": records.killed,
        "said_that_the_server_was_away": len(records.said_lost),
        "came_back": len(records.came_back),
        "sessions": sessions,
        "samples": [(round(s.at_s, 1), s.memory_mb, s.waiting) for s in records.samples],
        "broken": broken(outcome),
    }


def _spread(seconds: Iterable[float]) -> dict[str, float | int | None]:
    times = list(seconds)
    if not times:
        return {"count": 0, "p50": None, "p95": None, "max": None}
    p50, p95 = np.percentile(times, (50, 95)).round(2).tolist()
    return {"count": len(times), "p50": p50, "p95": p95, "max": round(max(times), 2)}
