"""The built-in drivers live beneath this package."""
