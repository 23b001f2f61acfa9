"""Connecting accounts: the welcome page, profiles and their keys, the sample data."""
