"""The class attribute behind a relation: gives each instance its lazy field, and the class itself to queries.

`instance.posts` is a `LazyLoadEveryRelated` of its own, made at first access and kept in the instance.
`Model.posts` is this descriptor, for `.with_related(Model.posts)`.
"""

from types import MemberDescriptorType
from typing import TYPE_CHECKING, Any

from ommi.models.adapter import GROUP_ATTRIBUTE, MISSING, has_dict
from ommi.models.query_fields import LazyLoadEveryRelated, LazyQueryField

if TYPE_CHECKING:
    from ommi._ommi import FetchGroup, ModelType


class RelationField:
    """A relation of a model."""

    def __init__(
        self,
        model: type,
        name: str,
        kind: type[LazyQueryField[Any]],
        *,
        optional: bool,
        slot: MemberDescriptorType | None,
        default: Any = MISSING,
        default_factory: Any = None,
    ) -> None:
        self.model = model
        self.name = name
        self.kind = kind
        self.optional = optional
        self.slot = slot
        self.default = default
        self.default_factory = default_factory
        self._key = f"_ommi_{name}"
        self._blank = kind()  # what instances get a copy of
        self._in_dict = has_dict(model)

    @property
    def native(self) -> "ModelType":
        """The model, as the engine knows it."""
        native: ModelType = self.model.__ommi__.native  # type: ignore[attr-defined]
        return native

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None:
            return self
        held = self._held(instance)
        if isinstance(held, LazyQueryField) and held._instance is instance:
            return held
        return self._keep(instance, held if isinstance(held, LazyQueryField) else self._fresh())

    def __set__(self, instance: Any, value: Any) -> None:
        if value is None:  # what constructors set where nothing is given
            if isinstance(self._held(instance), LazyQueryField):
                self._keep(instance, self._fresh())
            return
        if isinstance(value, LazyQueryField):
            self._keep(instance, value)
            return
        type(instance).__ommi__.native.mark_given()
        self._keep(instance, self.kind._with_value(value))

    def __delete__(self, instance: Any) -> None:
        self._keep(instance, self._fresh())

    def given(self, instance: Any) -> list[Any] | None:
        """The objects that the relation was set to, where those were not added with the instance yet."""
        held = self._held(instance)
        if not isinstance(held, LazyQueryField) or not held._given:
            return None
        return list(held._value) if issubclass(self.kind, LazyLoadEveryRelated) else [held._value]

    def settle(self, instance: Any) -> None:
        """What the relation was set to is stored so from now on."""
        held = self._held(instance)
        if isinstance(held, LazyQueryField):
            held._given = False

    def group_of(self, instance: Any) -> "FetchGroup | None":
        """The group that the instance was fetched or added with."""
        if self._in_dict:
            group: FetchGroup | None = getattr(instance, GROUP_ATTRIBUTE, None)
            return group
        first = slots_of(type(instance))[0]
        held = _read(first, instance)
        return held._group if isinstance(held, LazyQueryField) else held

    def _fresh(self) -> LazyQueryField[Any]:
        default = self.default_factory() if self.default_factory is not None else self.default
        return default if isinstance(default, LazyQueryField) else self._blank

    def _held(self, instance: Any) -> Any:
        # Not by way of `__dict__`: asking an instance for it makes reading all its attributes slower from then on.
        held = getattr(instance, self._key, None) if self._in_dict else None
        if held is None and self.slot is not None:
            return _read(self.slot, instance)
        return held

    def _keep(self, instance: Any, lazy: LazyQueryField[Any]) -> LazyQueryField[Any]:
        bound = lazy._bound(instance, self, self.group_of(instance))
        if self._in_dict:
            try:
                object.__setattr__(instance, self._key, bound)
            except TypeError:  # a msgspec Struct
                instance.__dict__[self._key] = bound
        elif self.slot is not None:
            self.slot.__set__(instance, bound)
        return bound

    def __repr__(self) -> str:
        return f"<relation {self.model.__name__}.{self.name}>"


def _read(slot: MemberDescriptorType, instance: Any) -> Any:
    try:
        return slot.__get__(instance, type(instance))
    except AttributeError:  # a slot that nothing was put into
        return None


def slot_of(cls: type, name: str) -> MemberDescriptorType | None:
    """The slot of that name in the class or its bases, also where a relation stands over it already."""
    for base in cls.__mro__:
        found = base.__dict__.get(name)
        if isinstance(found, RelationField):
            return found.slot
        if isinstance(found, MemberDescriptorType):
            return found
    return None


def relations_of(cls: type) -> list[str]:
    """The names of the relations that stand on the class and its bases."""
    found = (
        name
        for base in cls.__mro__
        for name, value in base.__dict__.items()
        if isinstance(value, RelationField)
    )
    return list(dict.fromkeys(found))


def slots_of(cls: type) -> list[MemberDescriptorType]:
    """The slots of the class's relations, in the order of their names in it."""
    found: dict[str, MemberDescriptorType] = {}
    for base in reversed(cls.__mro__):
        for name, value in base.__dict__.items():
            if isinstance(value, RelationField) and value.slot is not None:
                found[name] = value.slot
    return list(found.values())
