"""`Model.__ommi__`: all that Ommi knows of a model, and what the engine asks for when the model is first needed."""

from functools import cached_property
from typing import TYPE_CHECKING, Any

from ommi.errors import SchemaError
from ommi.models.adapter import MISSING, Layout, ModelField
from ommi.models.annotations import Scope, UnresolvedNameError
from ommi.models.check import check, raise_all
from ommi.models.codecs import Codec, codec_for, with_place, with_zone
from ommi.models.field_metadata import (
    Auto,
    Aware,
    Default,
    FieldMetadata,
    FieldReference,
    FieldType,
    Index,
    Key,
    Naive,
    Shard,
    Unique,
    Version,
    metadata_of,
)
from ommi.models.links import Links, Relation

if TYPE_CHECKING:
    from ommi._ommi import ModelType
    from ommi.models.collections import ModelCollection


class ModelInfo:
    """A model's description. Made by `ommi_model`; `native` is the same model in the engine."""

    native: "ModelType"
    layout: Layout
    track_changes: bool = False

    def __init__(
        self,
        model: type,
        model_name: str,
        collection: "ModelCollection",
        stored: list[ModelField],
        relations: dict[str, Relation],
        scope: Scope,
    ) -> None:
        self.model = model
        self.model_name = model_name
        self.collection = collection
        self.relations = relations
        self.scope = scope
        self._stored = {field.name: field for field in stored}
        self._codecs: dict[str, Codec] = {}
        self.fields = {field.name: self._describe(field, tolerant=True) for field in stored}
        self._check_columns()
        self._resolve_what_is_known()

    @property
    def name(self) -> str:
        """The class's name."""
        return self.model.__name__

    @cached_property
    def references(self) -> dict[type, list[FieldReference]]:
        """The models that this one refers to, each with the fields that do so."""
        return self._links.field_references()

    @cached_property
    def _links(self) -> Links:
        return Links(self, self.scope)

    def field(self, name: str) -> FieldMetadata:
        """What is known of a field."""
        if name not in self.fields:
            known = ", ".join(self.fields)
            raise SchemaError(f"{self.name} has no field {name!r}; its fields are {known}", model=self.name)
        return self.fields[name]

    def key_names(self) -> list[str]:
        """The key's fields: those marked, else `_id`, `id`, the first integer, the first."""
        marked = [name for name, metadata in self.fields.items() if metadata.matches(Key)]
        if marked:
            return marked
        codecs = self.codecs()
        names = list(self.fields)
        for name in names:
            if self.fields[name].get("store_as") == "_id":
                return [name]
        if "id" in self.fields:
            return ["id"]
        return [next((name for name in names if codecs[name].base == "int"), names[0])]

    def key_fields(self) -> tuple[FieldMetadata, ...]:
        """What is known of the key's fields."""
        return tuple(self.fields[name] for name in self.key_names())

    def scope_of(self, name: str) -> Scope:
        """Where the names in a field's annotation are known."""
        return self.scope.for_class(self._stored[name].owner)

    def codecs(self) -> dict[str, Codec]:
        """How each field is stored. `TypeError` where an annotation still names something undefined."""
        raise_all(self._annotation_problems())
        if self.scope.frames:
            self._links.remember_local_models()
            self.scope.release()
        return self._codecs

    def _annotation_problems(self) -> list[Exception]:
        problems: list[Exception] = []
        for name, field in self._stored.items():
            if name in self._codecs:
                continue
            try:
                self.fields[name].__dict__.update(self._describe(field, tolerant=False).__dict__)
                self._codecs[name] = self._codec(name)
            except UnresolvedNameError as error:
                problem = TypeError(f"{self.name}.{name}: the annotation {field.annotation!r}: {error}")
                problem.__cause__ = error
                problems.append(problem)
            except TypeError as error:
                problems.append(error)
        return problems

    def own_problems(self) -> list[Exception]:
        """What is wrong with its annotations and with the names that its references and relations use."""
        return [*self._annotation_problems(), *self._links.problems()]

    def inherited_relations(self) -> set[str]:
        """The relations that were declared by a base."""
        bases = [base.__dict__["__ommi__"] for base in self.model.__mro__[1:] if "__ommi__" in base.__dict__]
        return {
            name
            for name, relation in self.relations.items()
            if any(info.relations.get(name) is relation for info in bases)
        }

    def definition(self) -> dict[str, Any]:
        """The model in the form that the engine takes: it calls this once.

        Raises what is wrong with the model, together with what is wrong with the others of its collection.
        """
        if self.own_problems():
            models = self.collection.models
            check(models if self.model in models else [*models, self.model])
        codecs = self.codecs()
        return {
            "name": self.name,
            "table": self.model_name,
            "fields": [self._field_definition(name, codecs[name]) for name in self.fields],
            "key": self.key_names(),
            "references": self._links.references(),
            "relations": self._links.relations(),
            "indexes": self._indexes(),
            "shard": self._shard(),
            "version": self._version(),
            "track_changes": self.track_changes,
            "layout": self.layout.kind,
            "construct": self.layout.construct,
            "group": self.layout.group if self.relations else None,
        }

    def companions(self) -> "list[ModelType]":
        """The models that are set up together with this one: its collection's. They are checked before that."""
        self.collection.check()
        others = [model for model in self.collection.models if model.__name__ != self.name]
        return [self.native, *(model.__dict__["__ommi__"].native for model in others)]

    def _describe(self, field: ModelField, *, tolerant: bool) -> FieldMetadata:
        try:
            annotation = self.scope.evaluate(field.annotation, field.owner, tolerant=tolerant)
            default = None if field.default is MISSING else field.default
            return FieldMetadata(field.name, annotation, default, metadata_of(annotation))
        except TypeError as error:
            raise TypeError(f"{self.name}.{field.name}: {error}") from error

    def _codec(self, name: str) -> Codec:
        metadata = self.fields[name]
        forced = metadata.find(FieldType)
        stored_type = forced.field_type if forced is not None else None
        try:
            codec = codec_for(metadata.type_annotation, self.scope_of(name), stored_type)
            return with_zone(codec, aware=metadata.matches(Aware), naive=metadata.matches(Naive))
        except TypeError as error:
            raise TypeError(f"{self.name}.{name}: {error}") from error

    def _resolve_what_is_known(self) -> None:
        """Errors in annotations come out at definition; names that are defined later wait for the first use."""
        for name in self.fields:
            try:
                self._codecs[name] = self._codec(name)
            except UnresolvedNameError:
                continue
        if len(self._codecs) == len(self.fields) and not self.relations:
            self.scope.release()

    def _check_columns(self) -> None:
        columns: dict[str, str] = {}
        for name, metadata in self.fields.items():
            column = metadata.get("store_as")
            if not isinstance(column, str) or not column or "\0" in column:
                raise ValueError(f"{self.name}.{name}: StoreAs takes the name of a column, not {column!r}")
            other = columns.setdefault(column.lower(), name)
            if other != name:
                raise ValueError(
                    f"Duplicate StoreAs value {column!r}: "
                    f"{self.name}.{other} and {self.name}.{name} would share a column"
                )

    def _field_definition(self, name: str, codec: Codec) -> dict[str, Any]:
        metadata, field = self.fields[name], self._stored[name]
        definition = {
            "name": name,
            "column": metadata.get("store_as"),
            "codec": with_place(codec.spec, self.name, name),
            "nullable": codec.nullable or field.default is None,
            "auto": metadata.matches(Auto),
            "unique": metadata.matches(Unique),
            "max_length": metadata.get("max_length"),
        }
        default = metadata.find(Default)
        if default is not None:
            definition["default"] = default.default_value
        return definition

    def _indexes(self) -> list[dict[str, Any]]:
        named: dict[str | tuple[str], dict[str, Any]] = {}
        for name, metadata in self.fields.items():
            for index in metadata.find_all(type(Index)):
                key = index.index_name if index.index_name is not None else (name,)
                found = named.setdefault(
                    key, {"name": index.index_name, "fields": [], "unique": index.unique}
                )
                if name not in found["fields"]:
                    found["fields"].append(name)
                found["unique"] = found["unique"] or index.unique
        return list(named.values())

    def _version(self) -> str | None:
        found = [name for name, metadata in self.fields.items() if metadata.matches(Version)]
        if len(found) > 1:
            raise SchemaError(f"{self.name} has several versions: {', '.join(found)}", model=self.name)
        return found[0] if found else None

    def _shard(self) -> list[tuple[str, bool]]:
        found = ((name, metadata.find(type(Shard))) for name, metadata in self.fields.items())
        return [(name, shard.hashed) for name, shard in found if shard is not None]

    def __repr__(self) -> str:
        return f"<model {self.name}: {', '.join(self.fields)}>"


__all__ = ["ModelInfo"]
