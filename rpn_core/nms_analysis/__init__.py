"""NMS looked at.

survival         which boxes survive at each of 101 thresholds, from one graph of overlaps
threshold_sweep  that, of the candidates of a photo
chains           who suppresses whom at a threshold, and who would have
neighbours       a box and those that overlap it most
curves           boxes kept, duplicates and recall against the threshold
cost             what each setting around NMS saves and costs
warm             what is compiled ahead of the first visitor
stages           all this as stages of the graph
"""
