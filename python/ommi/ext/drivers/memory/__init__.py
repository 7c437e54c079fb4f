"""Databases in memory."""

from ommi.ext.drivers.memory.config import MemoryConfig
from ommi.ext.drivers.memory.driver import MemoryDriver

__all__ = ["MemoryConfig", "MemoryDriver"]
