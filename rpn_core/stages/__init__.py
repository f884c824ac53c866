"""The stages: what depends on what, declared once, and run with or without a store.

graph             how a stage is declared
kept              the store of results
run               one run of the graph
proposing         from a photo to proposals
training_targets  what training sees of the photo
nms_analysis      every threshold of NMS at once
designing         anchors for a data set
plain             proposals without a page
"""
