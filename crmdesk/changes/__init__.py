"""Changes, plans, the runner, the reader and undo: the one way in which anything is written to the CRM.

May use the client and the account's files; knows neither windows nor commands.
"""
