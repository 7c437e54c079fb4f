"""Pydantic v2 models. Rows become instances without validation, as `model_construct` does it, by the binding."""

from collections.abc import Iterable
from typing import Any

import pydantic
from pydantic_core import PydanticUndefined

from ommi.models.adapter import Layout, ModelField, storage_of_group
from ommi.models.annotations import all_annotations, own_annotations
from ommi.models.nested_scalars import Pair
from ommi.models.relation_field import relations_of


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
    """Takes the relations out of the fields and has Pydantic build its schema again. A RootModel is a `TypeError`."""
    if issubclass(cls, pydantic.RootModel):
        raise TypeError(
            f"{cls.__name__} is a RootModel: it is one value and has no fields to be columns; "
            "make it a BaseModel with a field of that value, or use it as the type of a field"
        )
    taken = [name for name in relations if name in cls.__pydantic_fields__]
    for name in taken:
        del cls.__pydantic_fields__[name]
    own = own_annotations(cls)
    if taken and own.keys() & set(taken):  # or every subclass would find them again
        cls.__annotations__ = {name: annotation for name, annotation in own.items() if name not in taken}
    if taken:
        cls.model_rebuild(force=True, raise_errors=False, _parent_namespace_depth=0)
    _let_relations_be_set(cls, [*relations_of(cls), *taken])


def _let_relations_be_set(cls: Any, names: list[str]) -> None:
    """Pydantic sets fields alone; where it keeps its ways of setting by name, those of relations join them."""
    ways: dict[str, Any] | None = cls.__dict__.get("__pydantic_setattr_handlers__")
    if ways is not None and not cls.model_config.get("frozen"):
        ways.update(dict.fromkeys(names, object.__setattr__))


def layout(cls: type, stored: list[str]) -> Layout:
    """Pydantic's own, with its bookkeeping."""
    return Layout("pydantic", storage_of_group(cls, []))


def construct(cls: Any, values: dict[str, Any]) -> Any:
    """Without validation; with defaults for what is missing and with the model's hook."""
    instance = cls.__new__(cls)
    held: dict[str, Any] = {}
    for name, info in cls.__pydantic_fields__.items():
        if name in values:
            held[name] = values[name]
        elif not info.is_required():
            held[name] = info.get_default(call_default_factory=True, validated_data=held)
    object.__setattr__(instance, "__dict__", held)
    object.__setattr__(instance, "__pydantic_fields_set__", set(values))
    if not cls.__pydantic_root_model__:
        extra: dict[str, Any] | None = {} if cls.model_config.get("extra") == "allow" else None
        object.__setattr__(instance, "__pydantic_extra__", extra)
        object.__setattr__(instance, "__pydantic_private__", None)
    if cls.__pydantic_post_init__:
        instance.model_post_init(None)
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
