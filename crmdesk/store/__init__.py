"""The account's files on disk: SQLite databases with migrations, the journal, the budget, cached names, locks.

May touch the disk below the account's folder and nothing else; knows neither Qt nor HTTP.
"""
