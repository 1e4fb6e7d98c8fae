"""Functions' logs in CloudWatch Logs, followed from there by a command; cloud/log_shipper.py brings them there."""
