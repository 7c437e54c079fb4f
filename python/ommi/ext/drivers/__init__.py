"""The built-in drivers."""
