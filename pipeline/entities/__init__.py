"""Things, not people: branches, terminals, requesters and registered machines, each held to its own kind."""
