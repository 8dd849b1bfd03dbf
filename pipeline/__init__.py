"""The program: feeds in, cases and reports out. The only package that imports the other two."""

__version__ = "0.1.0"
