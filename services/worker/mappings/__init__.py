"""What an event source mapping is: its settings, its states, and the table that keeps it."""
