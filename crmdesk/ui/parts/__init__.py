"""What belongs to a record, beside its form: notes, tasks, files, products …, each read when it is looked at.

Reads through crm.parts and the session; every change is a plan of `session.edits` or a staged edit that is reviewed,
run by ui/review. Nothing here sends a write by itself.
"""
