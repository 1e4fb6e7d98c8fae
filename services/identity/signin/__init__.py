"""Sign-in: flows, challenges, tokens, and how they end."""
