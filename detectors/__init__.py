"""Matrices in, scores out: no file, no database, no configuration, no clock."""
