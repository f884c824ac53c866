"""Non-maximum suppression: one box for each object, and a record of who took whose place.

Read it in this order:

    lanes      boxes in score order, laid out so that one is held against 32 at once
    greedy     keep the best, drop what overlaps it, go on; stops early, names each suppressor
    soft       lower the score of what overlaps instead of dropping it
    devices    boxes that lie on a GPU
"""
