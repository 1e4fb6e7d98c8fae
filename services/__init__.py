"""The long-running boxes, one folder each; what every box looks like inside is in docs/architecture.md."""
