"""What stands around every page: photo, model, navigation, address, header."""
