"""Saved connections: profiles in a file, their addresses and keys in the keyring of the operating system.

May touch `profiles.json` in the data folder, the keyring, and the network to test a connection. The key is in
no file of ours.
"""
