"""The stages: what depends on what, how it is run, and what each stage of an RPN gives.

    graph          how a stage is declared
    kept           the store of results
    run            one run of the graph
    network_input  a photo as the network sees it
    head_outputs   feature maps, and what the head says of anchors
    pre_nms        which anchors go into NMS
    suppression    NMS, as the settings choose it
    fate, ledger   what became of each anchor
    proposals      the boxes that are left, in pixels of the photo
    rpn_results    all of them as one value

Each room declares its own stages in its file `stages.py`: proposers, targets, nms_analysis, design.
"""
