"""One file for each format of labels, which of them a file is in, and reading them all."""
