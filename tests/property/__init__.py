"""What must hold for every input; hypothesis looks for the one that breaks it."""
