"""Tells the right people after a night: counts and a link, by mail and by a signed webhook, each once."""
