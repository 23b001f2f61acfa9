"""One record, read-only: the inspector's content and a record in a tab of its own.

It reads the CRM through a session and never writes.
"""
