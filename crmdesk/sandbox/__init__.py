"""A CRM on this machine: a process of its own that answers the requests of the Freshworks CRM API.

The room imports nothing of ours and shares no code with the client, so that a misreading of the reference in
one of them shows in the other. It may touch its own SQLite file, a loopback port and nothing else.
"""
