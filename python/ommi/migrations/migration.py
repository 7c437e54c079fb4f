"""`Migration`: the base of users' migrations."""

from abc import ABC, abstractmethod
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ommi.migrations.manager import SchemaManager


class Migration(ABC):
    """A step from one schema to the next: `up` says how it is made, `down` how it is undone.

    Both say what is to be done; it is done when they return, in one transaction where the database can. Versions are
    compared as text: fill numbers with zeros. Without a `down` there is no way back.
    """

    def __init__(self, version: str, description: str) -> None:
        self.version = version
        self.description = description
        self.created_at = datetime.now()

    @abstractmethod
    async def up(self, schema: "SchemaManager") -> None:
        """Says what the migration changes."""

    async def down(self, schema: "SchemaManager") -> None:
        """Says what undoes it. A migration that does not define this cannot be undone."""
        raise NotImplementedError(f"the migration {self.version} has no way back")

    @property
    def has_way_back(self) -> bool:
        """Whether it can be undone."""
        return type(self).down is not Migration.down

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.version} {self.description!r}>"


__all__ = ["Migration"]
