"""The lab's functions, one per file: what Lambda calls. Each may be called twice for the same thing."""
