"""What a driver is, and the errors of drivers."""

from ommi.drivers.base import BaseDriver, BaseDriverTransaction

__all__ = ["BaseDriver", "BaseDriverTransaction"]
