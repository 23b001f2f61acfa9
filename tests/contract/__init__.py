"""The sandbox against the reference's own examples."""
