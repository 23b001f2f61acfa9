"""Where things lie and how they are kept: paths, settings, logs, times, the root of the errors.

May touch the person's data folder. Imports nothing of ours.
"""
