"""Stored facts: each day is computed once, and again only when something it hangs on has changed."""
