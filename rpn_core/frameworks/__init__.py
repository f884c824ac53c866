"""Anchor settings in the words of other frameworks: written out, and read back with what is wrong.

`table.export_anchors` writes; one file a framework holds its units and its order.
`read.read_anchors` reads: a text in any of its languages becomes `parts`, `kinds` tells whose each
is, and a framework's reader lays its lists on the model's levels by `fit` (sizes and ratios) or
`listed` (shapes). Nothing of a text is run, and no framework is needed.
"""
