"""What must not be known to others: the install's key, password hashes, SRP, signing keys, one-time passwords."""
