"""Anchor settings in the words of other frameworks: written out, and read back with what is wrong.

`table.export_anchors` writes, `read.read_anchors` reads; one file a framework holds its units and
its order. No framework is needed to do either.
"""
