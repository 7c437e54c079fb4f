"""Loads of relations that nobody asked for by name: refused in strict mode, and told of where they are many.

Called by `LazyQueryField` before it loads. What came with a fetch, or for another object of it, is not loaded again.
"""

import time
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from ommi._ommi import Session
    from ommi.models.relation_field import RelationField

MANY = 10
WINDOW = 1.0
"""So many loads of one relation in one task, in so many seconds, are told of."""

_loads: WeakKeyDictionary[Any, "dict[str, Loads]"] = WeakKeyDictionary()


class Loads:
    """How often a relation was loaded by one task since `began`."""

    __slots__ = ("began", "count")

    def __init__(self, began: float) -> None:
        self.began = began
        self.count = 0


def before_load(relation: "RelationField", session: "Session") -> None:
    """Raises `RuntimeError` where the handle forbids lazy loading; warns once where one task loads again and again."""
    name = f"{relation.model.__name__}.{relation.name}"
    if not getattr(getattr(session, "handle", session), "lazy_loading", True):
        raise RuntimeError(
            f"{name} is not loaded, and its handle was opened with lazy_loading=False: "
            f"load it with the fetch, .with_related({name}), or await .refresh()"
        )
    if _is_one_too_many(name):
        import logging  # only now: `import ommi` stays quick

        logging.getLogger("ommi.relations").warning(
            "%s was loaded for one object at a time, %d times in one task: fetch the objects together, "
            "or the relation with them, .with_related(%s)",
            name,
            MANY,
            name,
        )


def _is_one_too_many(name: str) -> bool:  # by name: a task that goes on must not keep the class
    import asyncio

    task = asyncio.current_task()
    if task is None:
        return False
    now = time.monotonic()
    of_task = _loads.setdefault(task, {})
    loads = of_task.get(name)
    if loads is None or now - loads.began > WINDOW:
        loads = of_task[name] = Loads(now)
    loads.count += 1
    return loads.count == MANY


__all__ = ["before_load"]
