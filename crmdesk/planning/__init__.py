"""Turns what a person wants into a plan: here, who shall own which records.

May use changes and what lies below it; knows neither windows nor commands.
"""
