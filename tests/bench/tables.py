"""All measurements as Markdown."""

from __future__ import annotations

from typing import Any

from tests.bench.model_times import LONG_SIDE, WIDE
from tests.bench.nms_times import NMS_THRESH
from tests.bench.scenes import SCENES

BUSY = 0.5  # others' share of the cores above which times are not to be trusted


def table(result: dict[str, Any]) -> str:
    """All results for people, as Markdown."""
    facts = result["machine"]
    load = facts["load_average_1min_before"]
    lines = [
        f"{facts['cores']} cores, torch {facts['torch']} with {facts['torch_threads']} threads, "
        f"load average before the run {load:.2f}",
    ]
    if load > BUSY * (facts["cores"] or 1):
        lines.append("**Noisy: other programs were using the cores, so times are too long.**")
    if "presses" in result:
        lines += _press_lines(result["presses"])
        lines += _live_lines(result["live"])
    lines += ["", f"| stage, {SCENES[-1].anchors:,} anchors | median, ms |", "|---|---|"]
    lines += [f"| {name} | {ms:.1f} |" for name, ms in result["stages_ms"].items()]
    lines += [
        "",
        f"| NMS, IoU {NMS_THRESH}: boxes -> kept | ours, ms | ours to the end, ms "
        "| torchvision, ms | ratio |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {row['boxes']:,} -> {row['limit']:,} of {row['survivors']:,} | {row['stopped']:.2f} "
        f"| {row['complete']:.2f} | {row['torchvision']:.1f} "
        f"| {row['torchvision'] / row['stopped']:.0f} |"
        for row in result["nms"]
    ]
    lines += _model_lines(result["models"])
    every = result["nms_every_threshold"]
    lines += [
        "",
        f"NMS at 101 thresholds, {every['boxes']:,} boxes: at once {every['at_once']:.1f} ms; "
        f"101 runs {every['runs']:.0f} ms (x {every['runs'] / every['at_once']:.0f}); "
        f"101 runs of torchvision's {every['torchvision']:,.0f} ms "
        f"(x {every['torchvision'] / every['at_once']:.0f})",
    ]
    if "labels" in result:
        lines += _data_set_lines(result["labels"], result["design"])
    return "\n".join(lines)


def _press_lines(presses: dict[str, Any]) -> list[str]:
    lines = [
        "",
        "a bare page, one slider and an empty canvas: "
        f"p50 / p95 {_milliseconds(presses['bare'])} ms",
        "",
        "| key press to painted pixels, anchors | ours p50 / p95, ms | times the bare page "
        "| naive p50 / p95, ms | ratio |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {row['anchors']:,} | {_milliseconds(row['ours'])} | {_floors(row, presses['bare'])} "
        f"| {_milliseconds(row['naive'])} | {_ratio(row)} |"
        for row in presses["scenes"]
    ]
    memory = {
        name: "not measured" if megabytes is None else f"{megabytes:,.0f} MB"
        for name, megabytes in presses["peak_memory_MB"].items()
    }
    return [
        *lines,
        "",
        f"peak memory of the server: ours {memory['ours']}, naive {memory['naive']}, "
        f"bare page {memory['bare']}",
    ]


def _floors(row: dict[str, Any], bare: dict[str, Any]) -> str:
    """Ours as a multiple of what any page on Streamlit takes."""
    ours, floor = row["ours"]["p50_ms"], bare["p50_ms"]
    return "not measured" if ours is None or floor is None else f"{ours / floor:.2f}"


def _milliseconds(side: dict[str, Any]) -> str:
    if side["p50_ms"] is None:
        return f"more than {side['gave_up_after_s']:g} s"
    stopped = side["gave_up_after_s"]
    end = f" (one took more than {stopped:g} s)" if stopped else ""
    return f"{side['p50_ms']:,.0f} / {side['p95_ms']:,.0f}{end}"


def _ratio(row: dict[str, Any]) -> str:
    ours, naive = row["ours"]["p50_ms"], row["naive"]["p50_ms"]
    if ours is None:
        return "-"
    if naive is None:
        return f"more than {row['naive']['gave_up_after_s'] * 1000 / ours:.0f}"
    return f"{naive / ours:.1f}"


def _live_lines(live: dict[str, Any]) -> list[str]:
    lines: list[str] = []
    for page in live["controls"]:
        lines += _control_lines(page)
    lines += ["", "| drag | frames a second | 95 % of gaps within, ms |", "|---|---|---|"]
    lines += [
        f"| {rate['what']} ({rate['anchors_shown']:,} of {int(anchors):,} anchors and "
        f"{rate['boxes_shown']:,} boxes drawn) | {rate['frames_a_second']:.0f} "
        f"| {rate['longest_gap_ms']:.0f} |"
        for anchors, rates in live["drags"].items()
        for rate in rates
    ]
    lines += [""]
    lines += [
        f"{start['what']} of the server: answers after {start['healthy_s']:.1f} s, first proposals "
        f"after {start['proposals_s']:.1f} s, for the next visitor within "
        f"{start['next_visitor_s']:.1f} s; {start['files_mb']:.1f} MB of files, "
        f"{start['messages_mb']:.1f} MB of messages"
        for start in live["starts"]
    ]
    memory = live["memory"]
    readings = (f"{n} changes" for n in memory["changes"])
    server, page = (
        ", ".join(f"{value:,.0f}" for value in memory[name]) for name in ("server_mb", "page_mb")
    )
    return [
        *lines,
        "",
        f"memory after {', '.join(readings)}: server {server} MB; scripts of the page {page} MB; "
        f"each further visitor {memory['visitor_mb']:,.0f} MB",
    ]


def _control_lines(page: dict[str, Any]) -> list[str]:
    """What a change of each control of a page takes, and sends."""
    scenes = page["scenes"]
    counts = " | ".join(f"{scene['anchors']:,} anchors" for scene in scenes)
    lines = [
        "",
        f"| {page['what']}: setting changed to painted, p50 / p95, ms | {counts} | kB |",
        "|---|" + "---|" * (len(scenes) + 1),
    ]
    for rows in zip(*(scene["controls"] for scene in scenes), strict=True):
        kept = "" if rows[0]["fresh"] else " (results kept from before)"
        times = " | ".join(_control_time(row) for row in rows)
        sent = " / ".join(f"{row['kilobytes']:,.0f}" for row in rows)
        lines.append(f"| {rows[0]['control']}{kept} | {times} | {sent} |")
    return lines


def _control_time(row: dict[str, Any]) -> str:
    if row["p50_ms"] is None:
        return str(row["failed"])
    same, all_ = row["same_picture"], len(row["milliseconds"])
    words = f"{row['p50_ms']:,.0f} / {row['p95_ms']:,.0f}"
    if same:
        words += f" ({same} of {all_} to the end of the run: no new picture)"
    return f"{words}, then {row['failed']}" if row["failed"] else words


def _model_lines(models: dict[str, Any]) -> list[str]:
    """Each proposer's time, and how many times as long as our first model the others take."""
    lines: list[str] = []
    first = next(iter(models["networks"]))
    for what, times in (
        (f"network at {WIDE[0]} x {WIDE[1]}", models["networks"]),
        (f"photo to proposals at {LONG_SIDE} px", models["proposals"]),
    ):
        ours = times[first]
        lines += ["", f"| {what} | median, ms | x {first} |", "|---|---|---|"]
        for name, ms in times.items():
            precision = models["precision"].get(name)
            words = f"{name} ({precision})" if precision else name
            lines.append(f"| {words} | {ms:.1f} | {ms / ours:.1f} |")
    return lines


def _data_set_lines(labels: dict[str, Any], design: dict[str, Any]) -> list[str]:
    """Boxes as many as COCO's training set has: read, checked, measured."""
    lines = ["", "| reading boxes | s | then lint, s | MB |", "|---|---|---|---|"]
    lines += [
        f"| {way}: {cost['boxes']:,} boxes of {cost['images']:,} images | {cost['seconds']:.1f} "
        f"| {cost['lint_seconds']:.1f} | {cost['memory_mb']:,.0f} |"
        for way, cost in labels.items()
    ]
    laid = design["laid_seconds"] / design["coverage_seconds"]
    lines += [
        "",
        f"coverage of {design['objects']:,} objects by {design['shapes']} shapes: "
        f"{design['coverage_seconds']:.1f} s, laying every anchor about {laid:,.0f} times as long; "
        f"a suggestion {design['suggest_seconds']:.1f} s",
    ]
    return lines
