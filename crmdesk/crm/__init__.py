"""The CRM over HTTP: address, client, errors, modules, requests, names and schemas.

Imports nothing of ours but config; knows no Qt, and touches no disk but the files that a person sends or fetches
(uploads.py, downloads.py). The request budget is a protocol here, kept by the store.
"""
