"""The commands: the rooms without a window, for terminals and scripts. Knows click; knows no Qt.

What takes long to import is imported inside the commands, so that `crmdesk --help` answers at once.
"""
