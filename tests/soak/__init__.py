"""Many people at once: visitors that act in real browsers, and checks of what each of them sees.

marks      each photo carries a number in large blocks, read back from the painted pixels
photos     a photo of its own for every upload
plan       how many, how long, and what is to go wrong meanwhile
server     the app as a process that can be killed and comes back on the same port
watch      memory, health and log of that process, all the time
expected   what a visitor's page must say, worked out apart from the app
visitor    one browser: its state, what it must see, and how it recovers
actions    what a visitor does
records    what was seen, and what was wrong
offline    proposals of the core for the same photo and settings, held against the downloads
verdicts   the budgets, and what broke them
run        all of it together
"""
