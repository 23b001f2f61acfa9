"""The table workspace of a view: rows, columns, paging, finding, copying, selecting.

It reads the CRM through a session and never writes; what is to be changed goes
out as a signal to the workspace that plans it.
"""
