"""The lab's functions, one per file: what Lambda calls."""
