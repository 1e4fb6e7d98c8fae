"""Functions' logs in CloudWatch Logs: shipped from here in batches, and followed from there by a command."""
