"""Users: sign-up, codes, attributes, and what administrators do."""
