"""The sandbox itself: its switches, limits, faults and endings."""
