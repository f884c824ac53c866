"""Real faults of a card, each in a process of its own: a CUDA context does not survive them.

`python -m tests.bench.gpu.faults NAME DEVICE` brings one about, runs a photo as the app does, and
prints what came as JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from rpn_core.models.load import load_model
from rpn_core.models.rpn import Rpn
from rpn_core.photo.samples import sample_pixels
from rpn_core.proposers import network as network_stages
from rpn_core.proposers import stages as proposing
from rpn_core.proposers.plain import run_stages
from rpn_core.proposers.rpn import RpnProposer
from rpn_core.stages.run import Run
from tests.app_server import ROOT
from tests.bench.gpu.check import Check
from tests.bench.scenes import SAMPLE
from tests.same_proposals import differences, of_proposals, tolerance

MODEL = "lite0-fpn"
TIMEOUT_S = 600


@dataclass(frozen=True, slots=True)
class Fault:
    """What is brought about, and what the app must say then.

    Attributes:
        before: whether it happens before the network runs, or between it and the head.
        cause: brings it about.
        says: part of the sentence that a visitor reads.
    """

    before: bool
    cause: Callable[[Rpn], Any]
    says: str


def lose(rpn: Rpn) -> None:
    """A real fault in a kernel: an index out of range, after which the context is gone."""
    try:
        torch.zeros(4, device=rpn.device)[torch.tensor([10**6], device=rpn.device)]
        torch.cuda.synchronize(rpn.device)
    except RuntimeError:
        return
    raise RuntimeError("an index out of range went through: nothing was lost")


def fill(rpn: Rpn) -> None:
    """Leave the process no memory on the card beyond what it holds."""
    held = torch.cuda.memory_allocated(rpn.device)
    torch.cuda.empty_cache()
    total = torch.cuda.get_device_properties(rpn.device).total_memory
    torch.cuda.set_per_process_memory_fraction(min(1.0, (held + 2**20) / total), rpn.device)


FAULTS = {
    "lost before the network": Fault(True, lose, "stopped working, so the CPU was used"),
    "lost after the network": Fault(False, lose, "stopped working, so the CPU was used"),
    "no memory for the network": Fault(True, fill, "ran out of memory"),
    "no memory for the head": Fault(False, fill, "ran out of memory"),
}


def fault_checks(device: str) -> list[Check]:
    """A check for each fault: what the app said, and whether its proposals are right."""
    return [check for name in FAULTS for check in _checks_of(name, device)]


def _checks_of(name: str, device: str) -> list[Check]:
    command = [sys.executable, "-m", "tests.bench.gpu.faults", name, device]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
    )
    if done.returncode != 0:
        last = done.stderr.strip().splitlines()[-1:] or ["nothing said"]
        return [Check(name, False, f"exit {done.returncode}: {last[0]}", "proposals all the same")]
    return judged(name, json.loads(done.stdout.splitlines()[-1]))


def judged(name: str, told: dict[str, Any]) -> list[Check]:
    """What a child process told, held against what must have come."""
    says = FAULTS[name].says
    return [
        Check(name, says in told["said"], told["said"] or "nothing said", f"“…{says}…”"),
        Check(
            f"proposals, {name}", not told["differences"],
            told["differences"] or "as on the CPU", "those of the CPU at the same size",
        ),
    ]  # fmt: skip


def run_through(fault: Fault, rpn: Rpn) -> dict[str, Any]:
    """Run a photo with the fault in the middle, and hold it against the CPU."""
    rgb = sample_pixels(SAMPLE)
    settings = rpn.card.own_settings
    said: list[str] = []
    if fault.before:
        fault.cause(rpn)
        stages = run_stages(
            RpnProposer(rpn, settings), rgb, lambda notice: said.append(str(notice))
        )
        used = settings
    else:
        run = Run(settings).give(network_stages.model, rpn).put(network_stages.pixels, rgb)
        stages, notice = _with_fault_after_the_network(run, fault, rpn)
        said.append(notice)
        used = settings
    size = stages.predictions.frame.image_hw
    cpu = load_model(MODEL, "cpu")
    wanted = run_stages(RpnProposer(cpu, used), rgb)
    if size != wanted.predictions.frame.image_hw:
        return {"said": " ".join(said), "differences": "", "size": size}
    within = tolerance(torch.float32, cpu.dtype)
    found, right = of_proposals(stages.proposals), of_proposals(wanted.proposals)
    return {"said": " ".join(said), "differences": differences(found, right, within), "size": size}


def _with_fault_after_the_network(run: Run, fault: Fault, rpn: Rpn) -> tuple[Any, str]:
    from rpn_core.models.fallback import again_if_lost

    broken = []

    def every() -> Any:
        run.get(network_stages.network)
        if not broken:
            broken.append(fault.cause(rpn))
        return run.get(proposing.results)

    stages = again_if_lost(every, lambda: run.forget(network_stages.network))
    return stages, str(run.get(network_stages.network).sentence or "")


def main() -> None:
    name, device = sys.argv[1:]
    print(json.dumps(run_through(FAULTS[name], load_model(MODEL, device))))


if __name__ == "__main__":
    main()
