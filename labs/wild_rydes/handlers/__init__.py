"""The lab's functions, one module each."""
