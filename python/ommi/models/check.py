"""Checks models before they are first used: everything that is wrong with them is one error.

Called by `ModelInfo` and `ommi.models.collections`. What a relation needs is the engine's to say; here its errors, and
those of annotations and names, are collected.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ommi.errors import SchemaError

if TYPE_CHECKING:
    from ommi.models.definition import ModelInfo


def check(models: Iterable[type]) -> None:
    """Raises the one problem of the models, or a `SchemaError` that lists all of them."""
    infos = [model.__dict__["__ommi__"] for model in models]
    raise_all([problem for info in infos for problem in _problems_of(info)])


def raise_all(problems: Iterable[Exception]) -> None:
    """Raises nothing for no problem, the problem itself for one, else a `SchemaError` that lists them."""
    different = {str(problem): problem for problem in problems}
    if len(different) == 1:
        raise next(iter(different.values()))
    if different:
        lines = "".join(f"\n- {text}" for text in different)
        raise SchemaError(f"the schema has {len(different)} problems:{lines}")


def _problems_of(info: "ModelInfo") -> list[Exception]:
    own = info.own_problems()
    if own:
        return own  # what the engine would say of the model follows from these
    try:
        found = info.native.problems()
    except (TypeError, ValueError, SchemaError) as problem:
        return [problem]
    # A relation of a base may have no way from here: it fails when it is loaded, if ever.
    inherited = info.inherited_relations()
    return [problem for problem in found if getattr(problem, "field", None) not in inherited]
