"""Pydantic v2 models. Rows become instances without validation, as `model_construct` does it, by the binding."""

from collections.abc import Iterable
from typing import Any

import pydantic
from pydantic_core import PydanticUndefined

from ommi.models.adapter import Layout, ModelField, storage_of_group
from ommi.models.annotations import all_annotations, own_annotations
from ommi.models.nested_scalars import Pair


def matches(cls: type) -> bool:
    """Whether the class is a Pydantic model."""
    return issubclass(cls, pydantic.BaseModel)


def fields(cls: Any) -> list[ModelField]:
    """The model's fields, by their attribute names (not their aliases)."""
    annotations = all_annotations(cls)
    found = []
    for name, info in cls.__pydantic_fields__.items():
        annotation, owner = annotations.get(name, (info.annotation, cls))
        field = ModelField(name, annotation, owner)
        if info.default_factory is not None:
            field = ModelField(name, annotation, owner, default_factory=info.default_factory)
        elif info.default is not PydanticUndefined:
            field = ModelField(name, annotation, owner, default=info.default)
        found.append(field)
    return found


def prepare(cls: Any, relations: Iterable[str]) -> None:
    """Takes the relations out of the fields and has Pydantic build its schema again."""
    taken = [name for name in relations if name in cls.__pydantic_fields__]
    for name in taken:
        del cls.__pydantic_fields__[name]
    own = own_annotations(cls)
    if taken and own.keys() & set(taken):  # or every subclass would find them again
        cls.__annotations__ = {name: annotation for name, annotation in own.items() if name not in taken}
    if taken:
        cls.model_rebuild(force=True, raise_errors=False, _parent_namespace_depth=0)


def layout(cls: type, stored: list[str]) -> Layout:
    """Pydantic's own, with its bookkeeping."""
    return Layout("pydantic", storage_of_group(cls, []))


def construct(cls: Any, values: dict[str, Any]) -> Any:
    """Without validation; defaults for what is missing."""
    instance = cls.model_construct()
    known = {**instance.__dict__, **values}
    ordered = {name: known[name] for name in cls.__pydantic_fields__ if name in known}
    object.__setattr__(instance, "__dict__", ordered)
    instance.__pydantic_fields_set__.update(values)
    return instance


def read(instance: Any) -> dict[str, Any]:
    """The values by field."""
    return {name: getattr(instance, name) for name in type(instance).__pydantic_fields__}


def convert(cls: type) -> Pair | None:
    """Pydantic's own conversion, for types of its own (URLs, secrets...) that nothing else knows."""
    try:
        adapter: pydantic.TypeAdapter[Any] = pydantic.TypeAdapter(cls)
    except pydantic.PydanticSchemaGenerationError:
        return None
    return (lambda value: adapter.dump_python(value, mode="json", warnings=False)), adapter.validate_python
