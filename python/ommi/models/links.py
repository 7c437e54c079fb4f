"""References and relations of a model: what they say, and how their models are found when first needed."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, get_args, get_origin

from ommi.errors import SchemaError
from ommi.models.annotations import ForwardField, ForwardModel, Scope, UnresolvedNameError
from ommi.models.field_metadata import FieldMetadata, FieldReference, ReferenceTo, metadata_of
from ommi.models.query_fields import (
    AssociateOnReference,
    AssociateUsing,
    LazyLoadEveryRelated,
    LazyLoadTheRelated,
    LazyQueryField,
)
from ommi.models.type_system import strip, without_none

if TYPE_CHECKING:
    from ommi.models.definition import ModelInfo


class Target(NamedTuple):
    """A model, or its name, and the name of one of its fields where that was said."""

    model: type | str
    field: str | None

    @property
    def name(self) -> str:
        """The model's name, for messages."""
        return self.model if isinstance(self.model, str) else self.model.__name__


def target_of(said: Any) -> Target:
    """What `ReferenceTo(...)` and its kin were given: a reference, a model, or either as text or as a function."""
    if isinstance(said, Target):
        return said
    if isinstance(said, str):
        model, _, field = said.partition(".")
        return Target(model, field or None)
    if isinstance(said, ForwardField):
        return Target(said.model, said.field)
    if isinstance(said, ForwardModel):
        return Target(said.name, None)
    if isinstance(said, type):
        return Target(said, None)
    cls, name = getattr(said, "model", None), getattr(said, "name", None)
    if isinstance(cls, type) and isinstance(name, str):  # ASTReferenceNode
        return Target(cls, name)
    if callable(said):
        return target_of(said())
    raise TypeError(f"{said!r} names no model: write User.id, User, or either as text")


class Relation(NamedTuple):
    """A lazy field as its annotation declares it."""

    name: str
    kind: type[LazyQueryField[Any]]
    target: Any
    optional: bool
    through: Any = None
    by: Any = None

    @property
    def many(self) -> bool:
        """Whether it leads to a list."""
        return issubclass(self.kind, LazyLoadEveryRelated)


def relation_of(name: str, annotation: Any, owner: type, scope: Scope) -> Relation | None:
    """The relation that an evaluated annotation declares, or None where it is that of a stored field."""
    inner, optional = without_none(annotation)
    kind = get_origin(inner) or inner
    if not (isinstance(kind, type) and issubclass(kind, LazyQueryField)):
        return None
    arguments = get_args(inner)
    if not arguments or not issubclass(kind, (LazyLoadTheRelated, LazyLoadEveryRelated)):
        raise TypeError(
            "a lazy field has to name its model: LazyLoadTheRelated[User], LazyLoadEveryRelated[Post]"
        )
    said = scope.evaluate(arguments[0], owner, tolerant=True)
    metadata = FieldMetadata(parts=(*metadata_of(annotation), *metadata_of(said)))
    inner, inner_optional = without_none(said)
    target = strip(scope.evaluate(inner, owner, tolerant=True))
    through, by = metadata.find(AssociateUsing), metadata.find(AssociateOnReference)
    return Relation(
        name,
        kind,
        target,
        optional or inner_optional,
        through.association_model if through else None,
        by.reference if by else None,
    )


class Links:
    """Finds models by name for one model, and puts its references and relations into the form of the engine."""

    def __init__(self, info: "ModelInfo", scope: Scope) -> None:
        self.info = info
        self.scope = scope
        self._local: dict[str, type] = {}

    def model(self, target: Target, where: str) -> "ModelInfo":
        """The description of a target's model. `SchemaError` where there is none."""
        found = target.model
        if isinstance(found, str):
            found = self._by_name(found, where)
        info: ModelInfo | None = found.__dict__.get("__ommi__")
        if info is None:
            raise SchemaError(f"{self.info.name}.{where}: {found.__name__} is not decorated with @ommi_model")
        return info

    def _by_name(self, name: str, where: str) -> type:
        if name == self.info.name:
            return self.info.model
        model = self.info.collection.find(name)
        if model is not None:
            return model
        local = self._local.get(name) or self._in_scope(name)
        if local is not None:
            return local
        known = ", ".join(other.__name__ for other in self.info.collection.models)
        raise SchemaError(
            f"{self.info.name}.{where}: there is no model {name!r} in the collection; it has {known}"
        )

    def _in_scope(self, name: str) -> type | None:
        try:
            value = self.scope.evaluate(name)
        except (UnresolvedNameError, TypeError):
            return None
        return value if isinstance(value, type) else None

    def remember_local_models(self) -> None:
        """Notes models of other collections that only the functions around the class know, before those are let go."""
        for relation in self.info.relations.values():
            for said in (relation.target, relation.through):
                name = target_of(said).model if said is not None else None
                if isinstance(name, str) and (found := self._in_scope(name)) is not None:
                    self._local[name] = found

    def problems(self) -> list[Exception]:
        """What is wrong with the names that references and relations use: models and fields that are not there."""
        named = [(target, metadata.name) for metadata, _, target in self._said()]
        for relation in self.info.relations.values():
            said = (relation.target, relation.through)
            named += [(target_of(model), relation.name) for model in said if model is not None]
        found: list[Exception] = []
        for target, where in named:
            try:
                to = self.model(target, where)
            except SchemaError as problem:
                found.append(problem)
                continue
            if target.field is not None and target.field not in to.fields:
                text = f"{to.name} has no field {target.field!r}; its fields are {', '.join(to.fields)}"
                found.append(
                    SchemaError(f"{self.info.name}.{where}: {text}", model=self.info.name, field=where)
                )
        return found

    def _link(self, target: Target, where: str) -> Callable[[], Any]:
        return lambda: self.model(target, where).native

    def references(self) -> list[dict[str, Any]]:
        """The references; fields that together point at a composite key form one."""
        return [self._reference(group) for group in self._grouped(self._said())]

    def _said(self) -> list[tuple[FieldMetadata, ReferenceTo, Target]]:
        found = []
        for metadata in self.info.fields.values():
            reference = metadata.find(ReferenceTo)
            if reference is not None:
                found.append((metadata, reference, target_of(reference.reference_to)))
        return found

    def _grouped(
        self, said: list[tuple[FieldMetadata, ReferenceTo, Target]]
    ) -> list[list[tuple[FieldMetadata, ReferenceTo, Target]]]:
        groups: list[list[tuple[FieldMetadata, ReferenceTo, Target]]] = []
        open_groups: dict[int, list[tuple[FieldMetadata, ReferenceTo, Target]]] = {}
        for item in said:
            metadata, _, target = item
            if target.field is None:
                groups.append([item])
                continue
            to = self.model(target, metadata.name)
            key = to.key_names()
            if len(key) < 2 or target.field not in key:
                groups.append([item])
                continue
            group = open_groups.get(id(to))
            if group is None or any(other.field == target.field for _, _, other in group):
                group = open_groups[id(to)] = []
                groups.append(group)
            group.append(item)
        return groups

    def _reference(self, group: list[tuple[FieldMetadata, ReferenceTo, Target]]) -> dict[str, Any]:
        metadata, reference, target = group[0]
        return {
            "fields": [item.name for item, _, _ in group],
            "target": self._link(target, metadata.name),
            "target_name": target.name,
            "target_fields": [other.field for _, _, other in group if other.field is not None],
            "on_delete": reference.on_delete,
            "on_update": reference.on_update,
        }

    def relations(self) -> list[dict[str, Any]]:
        """The relations."""
        return [self._relation(relation) for relation in self.info.relations.values()]

    def _relation(self, relation: Relation) -> dict[str, Any]:
        target = target_of(relation.target)
        through = target_of(relation.through) if relation.through is not None else None
        by = relation.by
        if by is not None and not isinstance(by, str):
            by = target_of(by).field
        elif isinstance(by, str):
            by = by.rsplit(".", 1)[-1]
        return {
            "name": relation.name,
            "kind": "many" if relation.many else "one",
            "target": self._link(target, relation.name),
            "target_name": target.name,
            "through": self._link(through, relation.name) if through else None,
            "through_name": through.name if through else None,
            "by": by,
            "optional": relation.optional,
        }

    def field_references(self) -> dict[type, list[FieldReference]]:
        """The references by the model that they lead to, field by field."""
        found: dict[type, list[FieldReference]] = {}
        for metadata, _, target in self._said():
            to = self.model(target, metadata.name)
            fields = [to.field(target.field)] if target.field is not None else to.key_fields()
            for field in fields:
                reference = FieldReference(self.info.model, metadata, to.model, field)
                found.setdefault(to.model, []).append(reference)
        return found
