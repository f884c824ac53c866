"""What a logit has to be stretched and shifted by, so that its sigmoid is a probability."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rpn_core.errors import UserError

_STEPS = 50
_SURE = 1e-9


@dataclass(frozen=True, slots=True)
class Calibration:
    """logit -> scale * logit + shift; the order of scores stays as it is, for scale > 0."""

    scale: float
    shift: float


def fit_calibration(logits: NDArray[np.float64], hits: NDArray[np.bool_]) -> Calibration:
    """Fit the two numbers by maximum likelihood (Newton's method on the logistic loss).

    Args:
        logits: (M,) of boxes, as the network gives them.
        hits: (M,) whether each box is what its score should be the probability of.
    Raises:
        UserError: every box hits, none does, or better scores hit less often: then no calibration
            makes sense.
    Source: Platt, Probabilistic Outputs for Support Vector Machines, 1999, with its targets, which
        keep few boxes that happen to be told apart wholly from a scale without bounds.

    >>> logits = np.repeat([-1.0, 1.0], 100)
    >>> hits = np.arange(200) % 100 < np.repeat([20, 30], 100)
    >>> made = fit_calibration(logits, hits)
    >>> [round(float(1 / (1 + np.exp(-(made.scale * x + made.shift)))), 3) for x in (-1, 1)]
    [0.201, 0.299]
    """
    if hits.all() or not hits.any():
        raise UserError("all boxes hit or none does: there is nothing to fit")
    features = np.stack((logits, np.ones_like(logits)), axis=1)
    count = int(hits.sum())
    targets = np.where(hits, (count + 1) / (count + 2), 1 / (len(hits) - count + 2))
    weights = np.array([1.0, 0.0])
    for _ in range(_STEPS):
        p = _sigmoid(features @ weights)
        curvature = (features * (p * (1 - p) + _SURE)[:, None]).T @ features
        step = np.linalg.solve(curvature, features.T @ (p - targets))
        now = _loss(features @ weights, targets)
        while _loss(features @ (weights - step), targets) > now:  # too far: half the way
            step /= 2
        weights = weights - step
        if np.abs(step).max() < 1e-9:
            break
    if weights[0] <= 0:
        raise UserError("boxes with better scores hit less often")
    return Calibration(float(weights[0]), float(weights[1]))


def _sigmoid(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    p: NDArray[np.float64] = 0.5 * (1 + np.tanh(0.5 * logits))
    return p


def _loss(logits: NDArray[np.float64], targets: NDArray[np.float64]) -> float:
    return float((np.logaddexp(0, logits) - targets * logits).sum())
