"""Review & save: staged edits, the plan they become, collisions with others, results; questions before harm; history.

Uses a session through the desk only. What is written goes through `session.edits` and `session.jobs`, never around.
"""
