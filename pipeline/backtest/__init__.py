"""Replays of the past: what would have been raised, measured against what is known to have happened."""
