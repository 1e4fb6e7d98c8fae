"""Functions that take part in what happens to users."""
