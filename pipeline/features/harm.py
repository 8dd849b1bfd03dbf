"""Which complaints speak of a leak, and of which look-ups (domain: a customer harmed after a look-up)."""

from __future__ import annotations

VICTIM_DAYS = 90
"""A complaint speaks of the look-ups in the 90 days before it."""
HARM = ("nuisance_call", "fraud_attempt", "leak_suspected", "police_request")
"""Kinds of complaints that may come from a leak."""
