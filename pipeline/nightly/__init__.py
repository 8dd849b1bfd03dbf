"""The night: when it is due, its ordered steps, what is wrong with its data, and what late data change of nights before."""
