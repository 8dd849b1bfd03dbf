"""Every night by itself: what runs when, each job in a process of its own, watched from outside."""
