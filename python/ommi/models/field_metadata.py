"""What is said about a field: markers (`Key`, `Unique`...), values (`StoreAs("column")`...) and their sum.

They stand inside `Annotated[...]` and combine with `|`. `FieldMetadata` is the root of all of them and also what
`Model.__ommi__.fields` holds: a field's name and type beside everything that was said about it.
"""

from typing import Any, ClassVar, NamedTuple, TypeVar, get_args, get_origin

from ommi.models.type_system import TypeSystem, strip, union_members, unwrap_once


class FieldMetadata:
    """A field's name and type with all that is said about it; also the base of every piece of metadata."""

    def __init__(
        self,
        name: str = "",
        type_annotation: Any = Any,
        default: Any = None,
        parts: "tuple[FieldMetadata, ...]" = (),
    ) -> None:
        self.name = name
        self.type_annotation = type_annotation
        self.default = default
        self.parts = parts

    @property
    def is_optional(self) -> bool:
        """Whether None is a value of the field."""
        return TypeSystem.is_optional(self.type_annotation)

    @property
    def inner_type(self) -> Any:
        """The type without None."""
        return TypeSystem.get_optional_inner_type(self.type_annotation)

    def validate_value(self, value: Any) -> bool:
        """Whether the value fits the field's type, as far as that can be told."""
        return TypeSystem.validate_value(value, self.type_annotation)

    def matches(self, kind: Any) -> bool:
        """Whether this is, or contains, the flag or the kind of metadata."""
        return any(part.matches(kind) for part in self.parts)

    def get(self, name: str, default: Any = None) -> Any:
        """The value called `name` (`field_name`, `field_type`, `store_as`...), else `default`; the last said wins."""
        missing = object()
        for part in reversed(self.parts):
            value = part.get(name, missing)
            if value is not missing:
                return value
        if self.name and name in ("field_name", "store_as"):
            return self.name
        if self.name and name == "field_type":
            return strip(self.inner_type)
        return default

    def find(self, kind: "type[M]") -> "M | None":
        """The last piece of metadata of that kind."""
        for part in reversed(self.parts):
            if isinstance(part, kind):
                return part
            found = part.find(kind)
            if found is not None:
                return found
        return None

    def find_all(self, kind: "type[M]") -> "list[M]":
        """All pieces of metadata of that kind, in the order in which they were said."""
        found: list[M] = []
        for part in self.parts:
            if isinstance(part, kind):
                found.append(part)
            found.extend(part.find_all(kind))
        return found

    def __or__(self, other: object) -> "AggregateMetadata":
        if isinstance(other, type) and issubclass(other, FieldMetadata):
            other = _made(other)
        if not isinstance(other, FieldMetadata):
            return NotImplemented
        return AggregateMetadata((*_parts_of(self), *_parts_of(other)))

    def __repr__(self) -> str:
        return f"FieldMetadata({self.name!r}, {self.type_annotation!r}, {' | '.join(map(repr, self.parts)) or None})"


M = TypeVar("M", bound=FieldMetadata)


class FieldReference(NamedTuple):
    """One field that points at another model's field."""

    from_model: type
    from_field: FieldMetadata
    to_model: type
    to_field: FieldMetadata


class MetadataFlag(FieldMetadata):
    """A marker: it is there or not."""

    def __init__(self, name: str) -> None:
        super().__init__(type_annotation=Any)
        self.flag_name = name

    def matches(self, kind: Any) -> bool:
        return kind is self or (isinstance(kind, MetadataFlag) and kind.flag_name == self.flag_name)

    def get(self, name: str, default: Any = None) -> Any:
        return default

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.flag_name,)

    def __repr__(self) -> str:
        return self.flag_name


class MetadataType(FieldMetadata):
    """Metadata with values; `values` are the names that it takes, with their defaults."""

    values: ClassVar[dict[str, Any]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(type_annotation=Any)
        kind = type(self).__name__
        names = list(self.values)
        if len(args) > len(names):
            raise TypeError(f"{kind} takes {len(names)} values, not {len(args)}")
        given = dict(zip(names, args, strict=False))
        for name, value in kwargs.items():
            if name not in self.values or name in given:
                raise TypeError(f"{kind} takes each of {', '.join(names) or 'no values'} once; got {name!r}")
            given[name] = value
        self.given = {**self.values, **given}

    def matches(self, kind: Any) -> bool:
        if isinstance(kind, type):
            return isinstance(self, kind)
        return kind is self or (type(kind) is type(self) and repr(kind.given) == repr(self.given))

    def get(self, name: str, default: Any = None) -> Any:
        return self.given.get(name, default)

    def __getattr__(self, name: str) -> Any:
        given = self.__dict__.get("given", {})
        if name in given:
            return given[name]
        raise AttributeError(
            f"{type(self).__name__} has no {name!r}; it has {', '.join(given) or 'no values'}"
        )

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self.given.items())})"
        )


class AggregateMetadata(FieldMetadata):
    """Several pieces of metadata, as `|` makes them."""

    def __init__(self, parts: tuple[FieldMetadata, ...] = ()) -> None:
        super().__init__(parts=parts)

    def __repr__(self) -> str:
        return " | ".join(map(repr, self.parts))


def _parts_of(metadata: FieldMetadata) -> tuple[FieldMetadata, ...]:
    return metadata.parts if isinstance(metadata, AggregateMetadata) else (metadata,)


def _made(kind: type[FieldMetadata]) -> FieldMetadata:
    """A class that stands where an instance should: `Key | Index` style use of a type without values."""
    return kind()


def create_metadata_flag(name: str) -> MetadataFlag:
    """A new marker."""
    return MetadataFlag(name)


def create_metadata_type(name: str, **defaults: Any) -> type[MetadataType]:
    """A new kind of metadata that takes these values, by position in this order or by name."""
    return type(name, (MetadataType,), {"values": defaults, "__doc__": f"Metadata: {', '.join(defaults)}."})


class _Index(MetadataFlag):
    """The marker `Index`; called, it names the index: fields with one name form one index together."""

    def __init__(self, flag_name: str = "Index", name: str | None = None, unique: bool = False) -> None:
        super().__init__(flag_name)
        self.index_name = name
        self.unique = unique

    def __call__(self, name: str | None = None, *, unique: bool = False) -> "_Index":
        return _Index(self.flag_name, name, unique)


class _Shard(MetadataFlag):
    """The marker `Shard`: the field is part of the shard key; called, it says whether rows are spread by its hash."""

    def __init__(self, flag_name: str = "Shard", hashed: bool = False) -> None:
        super().__init__(flag_name)
        self.hashed = hashed

    def __call__(self, *, hashed: bool = False) -> "_Shard":
        return _Shard(self.flag_name, hashed)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.flag_name, self.hashed)


class StoreAs(MetadataType):
    """The column that the field is stored as."""

    values: ClassVar[dict[str, Any]] = {"store_as": ""}

    def __init__(self, store_as: str) -> None:
        super().__init__(store_as)


class ReferenceTo(MetadataType):
    """The field holds a value of another model's field: `User.id`, `"User.id"`, `User` or `"User"` (its key).

    `on_delete` and `on_update` say what happens to this row: `"restrict"`, `"cascade"` or `"set_null"`.
    """

    values: ClassVar[dict[str, Any]] = {
        "reference_to": None,
        "on_delete": "restrict",
        "on_update": "restrict",
    }
    actions = ("restrict", "cascade", "set_null")

    def __init__(
        self, reference_to: Any, *, on_delete: str = "restrict", on_update: str = "restrict"
    ) -> None:
        for action in (on_delete, on_update):
            if action not in self.actions:
                raise ValueError(f"ReferenceTo: {action!r} is none of {', '.join(self.actions)}")
        super().__init__(reference_to, on_delete, on_update)


class MaxLength(MetadataType):
    """The longest text that the field may hold, in characters."""

    values: ClassVar[dict[str, Any]] = {"max_length": None}

    def __init__(self, max_length: int) -> None:
        if isinstance(max_length, bool) or not isinstance(max_length, int) or max_length < 1:
            raise ValueError(f"MaxLength takes a number of at least 1, not {max_length!r}")
        super().__init__(max_length)


class Default(MetadataType):
    """The column's default in the database, for rows that existed before the column did."""

    values: ClassVar[dict[str, Any]] = {"default_value": None}

    def __init__(self, default_value: Any) -> None:
        super().__init__(default_value)


class FieldType(MetadataType):
    """The type that the field is stored as, where its annotation is another one."""

    values: ClassVar[dict[str, Any]] = {"field_type": None}

    def __init__(self, field_type: Any) -> None:
        super().__init__(field_type)


Key = create_metadata_flag("Key")
Auto = create_metadata_flag("Auto")
Unique = create_metadata_flag("Unique")
Index = _Index()

Shard = _Shard()
"""The field is part of the model's shard key, with the others that are marked so, in their order: MongoDB's sharded
clusters keep rows with the same values on one machine. `Shard(hashed=True)` spreads them by a hash of the value. The
model's key has to hold all of these fields, and what is unique has to begin with them. Databases on one machine do
nothing with it.
"""

Version = create_metadata_flag("Version")
"""The field, an integer, counts how often the row was saved, from 1. Saving or deleting an object whose row somebody
else has saved or removed meanwhile is a `ConflictError`, instead of the loss of what the other has written.
"""

Aware = create_metadata_flag("Aware")
"""The field holds datetimes with a time zone only: they are stored as the database's own type for instants."""

Naive = create_metadata_flag("Naive")
"""The field holds datetimes without a time zone only: they are stored as the database's own type for them."""


def metadata_of(annotation: Any) -> tuple[FieldMetadata, ...]:
    """All pieces of metadata inside an annotation, the outermost last; those in `Annotated[T, Key] | None` too."""
    pieces: list[FieldMetadata] = []
    _collect(annotation, pieces)
    return tuple(pieces)


def _collect(annotation: Any, pieces: list[FieldMetadata]) -> None:
    members = union_members(annotation)
    if members is not None and TypeSystem.is_optional(annotation):
        for member in members:
            _collect(member, pieces)
        return
    beneath = unwrap_once(annotation)
    if beneath is not annotation:
        _collect(beneath, pieces)
    if hasattr(annotation, "__metadata__") and get_origin(annotation) is not None and get_args(annotation):
        for piece in annotation.__metadata__:
            if isinstance(piece, FieldMetadata):
                pieces.extend(_parts_of(piece))


__all__ = [
    "AggregateMetadata",
    "Auto",
    "Aware",
    "Default",
    "FieldMetadata",
    "FieldReference",
    "FieldType",
    "Index",
    "Key",
    "MaxLength",
    "MetadataFlag",
    "MetadataType",
    "Naive",
    "ReferenceTo",
    "Shard",
    "StoreAs",
    "Unique",
    "Version",
    "create_metadata_flag",
    "create_metadata_type",
]
