"""The same computation twice: ours and the installed torchvision's."""
