"""What a function is: its name, its configuration, its code."""
