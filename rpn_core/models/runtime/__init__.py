"""Where a network runs: devices, threads, turns, and what happens when a device is lost."""
