"""Several processes that train one network: PyTorch's own engine, started by torchrun."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from rpn_core.training.batches import Part


@dataclass(frozen=True, slots=True)
class Team:
    """This process among those that train together.

    Attributes:
        part: its place; one of one when it trains alone.
        device: where it computes.
    """

    part: Part
    device: torch.device

    @property
    def leads(self) -> bool:
        """Whether it is the one that writes files and speaks."""
        return self.part.rank == 0

    def wrapped(self, module: nn.Module) -> nn.Module:
        """The module, its gradients averaged over the team in every backward pass."""
        if self.part.world == 1:
            return module
        ids = [self.device.index] if self.device.type == "cuda" else None
        return DistributedDataParallel(module, device_ids=ids)

    def mean(self, number: float) -> float:
        """The mean of a number over the team; every process must ask."""
        if self.part.world == 1:
            return number
        total = torch.tensor(float(number), device=self.device)
        dist.all_reduce(total)
        return float(total) / self.part.world


@contextmanager
def team(device: torch.device) -> Iterator[Team]:
    """Join the processes that torchrun started (it sets RANK and WORLD_SIZE); else work alone.

    Args:
        device: each process of a team on CUDA takes the card of its LOCAL_RANK.
    """
    world = int(os.environ.get("WORLD_SIZE", "1"))
    if world == 1:
        yield Team(Part(), device)
        return
    if device.type == "cuda":
        device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
        torch.cuda.set_device(device)
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield Team(Part(dist.get_rank(), world), device)
    finally:
        # A wrapped module holds the group too, and with it threads that must end before Python
        # does: one that lets a tensor go later aborts the process (pytorch/pytorch#179291).
        gc.collect()
        dist.destroy_process_group()
