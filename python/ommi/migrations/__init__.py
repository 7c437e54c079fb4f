"""Migrations: classes that say how a schema changes, the manager that takes a database along them, and their files."""

from ommi.migrations.columns import Column, TableIndex, TableReference
from ommi.migrations.manager import SchemaManager
from ommi.migrations.migration import Migration
from ommi.migrations.reports import AppliedMigration, MigrationStatus, PlannedMigration

__all__ = [
    "AppliedMigration",
    "Column",
    "Migration",
    "MigrationStatus",
    "PlannedMigration",
    "SchemaManager",
    "TableIndex",
    "TableReference",
]
