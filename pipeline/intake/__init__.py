"""Intake: decode, map, validate, tokenise, account for every row, publish whole batches."""
