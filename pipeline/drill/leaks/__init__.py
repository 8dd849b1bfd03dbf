"""What a drill plants: look-ups written like the bank's own. Nothing here knows how leaks are found."""
