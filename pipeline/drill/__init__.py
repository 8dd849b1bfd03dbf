"""The drill: synthetic leakers planted in a shadow of the bank's own logs, and the share of them that a night would raise."""
