"""A frozen document in, HTML out: no query, no computing."""
