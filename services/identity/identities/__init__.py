"""Identity pools: identities, roles, credentials."""
