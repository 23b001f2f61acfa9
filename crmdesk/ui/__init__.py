"""The window: workspaces, shared widgets and theme. The only room that knows Qt."""
