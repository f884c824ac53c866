"""How many visitors, for how long, what goes wrong meanwhile, and the budgets that must hold."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plan:
    """One run.

    Attributes:
        sessions: browsers at the same time, each in a process of its own.
        seconds: of activity, after everyone has arrived.
        seed: of photos and of each visitor's choices.
        pause_s: longest time that a visitor looks at the page between two actions.
        rush_every_s: so often all upload at the same moment.
        kills: browsers that are killed; another one takes the place of each.
        restart: whether the server is killed, at 80 % of the time.
        down_s: how long it stays away.
        cache_mb: RPN_CACHE_MB, so small that results are dropped.
        session_mb: what one visitor may take beside the caches: a decoded photo, its file, widgets,
            and the messages to a browser that is slow to fetch them.
        passing_mb: what work in progress may take: a forward pass of the largest input in
            bfloat16 (float32 is given more), decoding.
        growth: share by which memory may be higher in the second half than in the first.
        unfair: no visitor's median time to a picture may be more than so many times the overall.
    """

    sessions: int = 20
    seconds: float = 600.0
    seed: int = 0
    pause_s: float = 30.0
    rush_every_s: float = 180.0
    kills: int = 4
    restart: bool = True
    down_s: float = 12.0
    cache_mb: int = 200
    session_mb: float = 30.0
    passing_mb: float = 400.0
    growth: float = 0.15
    unfair: float = 2.5

    @property
    def restart_at_s(self) -> float:
        return 0.8 * self.seconds if self.restart else float("inf")

    def rushes_s(self) -> list[float]:
        """Seconds from the start at which all upload at once; none while the server is away."""
        count = int(self.seconds / self.rush_every_s)
        times = [(i + 0.5) * self.rush_every_s for i in range(count)]
        around = (self.restart_at_s - 20, self.restart_at_s + self.down_s + 30)
        return [time for time in times if not around[0] < time < around[1]]

    def kill_times_s(self) -> dict[int, float]:
        """Visitor -> seconds from the start at which its browser is killed."""
        end = min(self.seconds, self.restart_at_s)
        return {
            (3 * i + 1) % self.sessions: end * (i + 1) / (self.kills + 1) for i in range(self.kills)
        }
