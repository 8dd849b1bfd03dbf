"""One person's full picture from what the nights have stored: it reads and never scores."""
