"""Non-maximum suppression: one box for each object, and a record of who took whose place.

Read it in this order:

    lanes      boxes in score order, laid out so that one is held against 32 at once
    greedy     keep the best, drop what overlaps it, go on; stops early, names each suppressor
    soft       lower the score of what overlaps instead of dropping it
    stage      the stage of the pipeline: the settings choose one of these, every candidate decided
    survival   which boxes survive at each of 101 thresholds, from one graph of overlaps
    chains     who suppresses whom at a threshold, and who would have
    neighbours a box and those that overlap it most
    curves     boxes kept, duplicates and recall against the threshold
    cost       what each setting around NMS saves and costs
    devices    boxes that lie on a GPU
    warm       what is compiled ahead of the first visitor
"""

from rpn_core.nms.greedy import greedy_nms
from rpn_core.nms.stage import Suppression, suppress
from rpn_core.nms.warm import warm_up, warm_up_rest

__all__ = ["Suppression", "greedy_nms", "suppress", "warm_up", "warm_up_rest"]
