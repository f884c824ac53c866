"""The app's pages. A package of its own, so that one of the same name elsewhere is not taken."""
