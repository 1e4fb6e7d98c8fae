"""The routes of Lambda's HTTP API, one module per resource; wire reads requests and words answers."""
