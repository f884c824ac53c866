"""The stages: what depends on what, how it is run, and what each stage of an RPN gives.

    graph          how a stage is declared
    kept           the store of results
    run            one run of the graph
    network_input  a photo as the network sees it
    head_outputs   feature maps, and what the head says of anchors
    predictions    the boxes of a proposer, how they rank, and where they come from
    pre_nms        which of them go into NMS
    suppression    NMS, as the settings choose it
    fate, ledger   what became of each anchor
    proposals      the boxes that are left, in pixels of the photo
    stage_results  all of them as one value

The stages themselves are declared in their rooms: in `stages.py` of targets, nms_analysis, design
and proposers, and those that lead to the predictions of a proposer in its own file.
"""
