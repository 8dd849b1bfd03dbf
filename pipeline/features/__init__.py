"""What a person's look-ups add up to: daily facts, windows, and how far they lie from the own past and from peers."""
