"""`make bench-gpu`: is the CUDA path right, and how quick is it? For any machine with CUDA.

    proposals  those of the card beside the CPU's in float32
    nms        NMS on the card beside torchvision's and the CPU's
    faults     memory that does not suffice, and a card that is really lost: each in a process
    timings    what a photo, NMS, a batch and a training step take
    check      what a check found

Everything takes a device, so that the tests run it on the CPU.
"""
