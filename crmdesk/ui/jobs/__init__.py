"""The jobs of an account: the list, one job in full, its rows; shared by the flow that makes them.

Uses a session through the desk only; changes nothing in the CRM but by asking `session.jobs`.
"""
