"""The program as a person meets it: the real window, a real screen, a real server."""
