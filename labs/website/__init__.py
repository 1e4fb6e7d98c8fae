"""The website that all labs' pages are part of. Start with README.md."""
