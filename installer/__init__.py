"""Makes the packages: for now, a folder with the frozen program for the system it is built on."""
