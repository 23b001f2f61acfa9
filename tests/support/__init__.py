"""What tests of several rooms share: processes they talk to, and small helpers."""
