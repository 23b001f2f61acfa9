"""Reassigning records: what, to whom, the plan, its running and its end, in one tab.

Uses a session through the desk: the planner makes plans, `session.jobs` runs them; nothing here sends a request itself.
"""
