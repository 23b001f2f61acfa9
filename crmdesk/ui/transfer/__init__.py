"""The screens of export and import: files out of the CRM and into it.

May use session, planning, files, and the shared screens of plans and jobs; what is read and written is theirs.
"""
