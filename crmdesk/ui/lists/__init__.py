"""Marketing lists: the lists at the left, the contacts of the chosen one at the right, and what is done with them.

Reads through `crm.lists`; every change is a plan of `session.edits`.
"""
