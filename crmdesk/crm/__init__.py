"""The CRM over HTTP: address, client, errors, modules, requests, names and schemas.

Imports nothing of ours but config; knows no Qt and touches no disk. The request budget is a protocol here,
kept by the store.
"""
