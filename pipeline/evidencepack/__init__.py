"""The evidence pack: what a case rests on, taken out of the house with its hashes and a signature."""
