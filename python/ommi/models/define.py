"""What happens when a class becomes a model, step by step. Called by `ommi_model` alone."""

from types import FrameType
from typing import TypeVar

from ommi._ommi import ModelType
from ommi.models import metaclass, methods
from ommi.models.adapter import MISSING, Adapter, ModelField, adapter_of, has_dict
from ommi.models.annotations import Scope, enclosing_frames
from ommi.models.collections import ModelCollection
from ommi.models.definition import ModelInfo
from ommi.models.links import Relation, relation_of
from ommi.models.model import OmmiModel
from ommi.models.relation_field import RelationField, slot_of

C = TypeVar("C", bound=type)


def define(
    cls: C, collection: ModelCollection, name: str | None, frame: FrameType, *, track_changes: bool = False
) -> C:
    """Makes `cls`, which is being defined at `frame`, a model of the collection."""
    adapter = adapter_of(cls)
    scope = Scope(cls, enclosing_frames(frame, cls.__module__), collection.find)
    stored, lazy = _split(cls, adapter.fields(cls), scope)
    if not stored:
        raise TypeError(
            f"{cls.__name__} has no field that is stored: a model needs at least one annotated field"
        )
    relations = {**_inherited(cls, stored), **{relation.name: relation for relation, _ in lazy}}
    model_name = name or cls.__dict__.get("__ommi_model_name__") or cls.__name__
    info = ModelInfo(cls, model_name, collection, stored, relations, scope)
    if track_changes and not has_dict(cls):
        raise TypeError(f"{cls.__name__} has no `__dict__` to remember its row in: track_changes needs one")
    info.track_changes = track_changes
    _install_relations(cls, adapter, info, lazy)
    info.layout = adapter.layout(cls, list(info.fields))
    if relations and info.layout.group is None:
        raise TypeError(
            f"{cls.__name__} has `__slots__` and no place for its relations: add their names to `__slots__`"
        )
    info.native = ModelType(cls, list(info.fields), info.definition, info.companions)
    info.native.set_fields(info.fields)
    cls.__ommi__ = info  # type: ignore[attr-defined]
    metaclass.install(cls, {field: info.native.reference(field) for field in info.fields})
    methods.add(cls, {*info.fields, *relations})
    collection.add(cls)
    OmmiModel.register(cls)
    return cls


def _split(
    cls: type, fields: list[ModelField], scope: Scope
) -> tuple[list[ModelField], list[tuple[Relation, ModelField]]]:
    """The fields that are stored, and those that are lazy."""
    stored, lazy = [], []
    for field in fields:
        try:
            annotation = scope.evaluate(field.annotation, field.owner, tolerant=True)
            relation = relation_of(field.name, annotation, field.owner, scope)
        except TypeError as error:
            raise TypeError(f"{cls.__name__}.{field.name}: {error}") from error
        if relation is None:
            stored.append(field)
        else:
            lazy.append((relation, field))
    return stored, lazy


def _inherited(cls: type, stored: list[ModelField]) -> dict[str, Relation]:
    """Relations of models among the bases: their classes do not list them as fields any more."""
    own = {field.name for field in stored}
    found: dict[str, Relation] = {}
    for base in reversed(cls.__mro__[1:]):
        info: ModelInfo | None = base.__dict__.get("__ommi__")
        if info is not None:
            found.update({name: relation for name, relation in info.relations.items() if name not in own})
    return found


def _install_relations(
    cls: type, adapter: Adapter, info: ModelInfo, lazy: list[tuple[Relation, ModelField]]
) -> None:
    adapter.prepare(cls, [relation.name for relation, _ in lazy])
    declared = {relation.name: field for relation, field in lazy}
    for name, relation in info.relations.items():
        field = declared.get(name)
        slot = slot_of(cls, name)
        if slot is None and not has_dict(cls):
            continue
        descriptor = RelationField(
            cls,
            name,
            relation.kind,
            optional=relation.optional,
            slot=slot,
            default=field.default if field is not None else MISSING,
            default_factory=field.default_factory if field is not None else None,
        )
        setattr(cls, name, descriptor)
