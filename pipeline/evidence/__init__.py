"""What each look-up was for: linked to business records, point in time."""
