"""Which anchors a data set needs: coverage of its boxes, suggestions, and what anchors cost."""
