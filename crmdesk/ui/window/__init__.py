"""The main window, split into its parts; workspaces plug in through `workspace.py`."""
