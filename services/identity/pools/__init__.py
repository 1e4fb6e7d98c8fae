"""User pools: settings, schema, clients, groups."""
