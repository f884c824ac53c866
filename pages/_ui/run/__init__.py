"""The stages of the library behind a store that all visitors share."""
