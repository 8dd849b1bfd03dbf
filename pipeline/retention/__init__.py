"""How long data live: what is past its time is deleted, what a hold covers is kept, on record."""
