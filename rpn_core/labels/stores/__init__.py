"""Where the files of a data set lie: a folder, a zip file, an upload; images found by name."""
