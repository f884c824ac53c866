"""The controls of the settings: each is bound to what is in force, and drawn by its declaration.

in_force       the settings in force: from a link, a file, a preset or the controls
bound          one control and its setting, both ways
inputs         a control by the kind of its declaration
anchor_lists   the lists of sizes and ratios
side_bar       which controls stand where in the side bar
"""
