"""Annotations as objects: strings are evaluated where the class was defined, names that are not there yet stay open.

`Scope` is made once for each decorated class. It holds the frames of enclosing functions, so that models nested in a
function can name each other, and lets go of them when everything is resolved.
"""

import builtins
import inspect
import sys
import typing
from collections.abc import Callable, Iterator, Mapping
from types import FrameType
from typing import Any, ForwardRef, NoReturn

from ommi.models.type_variables import substitute, variables_of

_OPTIMIZED = 0x1  # inspect.CO_OPTIMIZED: the code of a function, not of a class body or a module


class ForwardModel:
    """A name in an annotation that means nothing yet, most likely a model that is defined later."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __getattr__(self, field: str) -> "ForwardField":
        if field.startswith("__"):
            raise AttributeError(field)
        return ForwardField(self.name, field)

    def __call__(self, *_: Any, **__: Any) -> NoReturn:  # `typing` takes only callables for types
        raise NameError(f"{self.name} is not defined")

    def __or__(self, other: Any) -> Any:
        return typing.Union[self, other]  # noqa: UP007  (`|` would come back here)

    def __ror__(self, other: Any) -> Any:
        return typing.Union[other, self]  # noqa: UP007

    def __getitem__(self, arguments: Any) -> "ForwardModel":
        return self

    def __hash__(self) -> int:
        return hash(self.name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ForwardModel) and other.name == self.name

    def __repr__(self) -> str:
        return self.name


class ForwardField:
    """A field of a `ForwardModel`: `User.id` where User is defined later."""

    def __init__(self, model: str, field: str) -> None:
        self.model = model
        self.field = field

    def __repr__(self) -> str:
        return f"{self.model}.{self.field}"


class UnresolvedNameError(NameError):
    """An annotation names something that is not defined (yet)."""


class Scope:
    """Where the names of a class's annotations are looked up."""

    def __init__(
        self,
        cls: type,
        frames: list[FrameType],
        models: Callable[[str], type | None],
        arguments: tuple[Any, ...] = (),
    ) -> None:
        self.cls = cls
        self.frames = frames
        self.models = models
        self.variables = variables_of(cls, arguments)

    def for_class(self, cls: type, arguments: tuple[Any, ...] = ()) -> "Scope":
        """The scope of a class that is nested as a value; in the same module it sees the same functions."""
        frames = self.frames if cls.__module__ == self.cls.__module__ else []
        return Scope(cls, frames, self.models, arguments)

    def release(self) -> None:
        """Lets go of the functions' frames."""
        self.frames = []

    def evaluate(self, annotation: Any, owner: type | None = None, *, tolerant: bool = False) -> Any:
        """The annotation as an object. An undefined name becomes a `ForwardModel` if `tolerant`, else raises.

        Type variables of the owner become what they stand for in the scope's class.
        """
        if isinstance(annotation, ForwardRef):
            annotation = annotation.__forward_arg__
        if not isinstance(annotation, str):
            return substitute(annotation, self.variables.get(owner or self.cls, {}))
        names = _Names(self, owner or self.cls, tolerant)
        try:
            # Annotations are source code of the program itself, as in typing.get_type_hints.
            value = eval(annotation, names.globals, names)
        except UnresolvedNameError:
            raise
        except Exception as error:
            raise TypeError(f"the annotation {annotation!r} cannot be evaluated: {error}") from error
        return self.evaluate(value, owner, tolerant=tolerant)


class _Names(Mapping[str, Any]):
    """The local names of one evaluation: functions around the class, the class, the collection's models."""

    def __init__(self, scope: Scope, owner: type, tolerant: bool) -> None:
        module = sys.modules.get(owner.__module__)
        self.globals: dict[str, Any] = module.__dict__ if module is not None else {}
        self.scope = scope
        self.owner = owner
        self.tolerant = tolerant

    def __getitem__(self, name: str) -> Any:
        if (
            name == self.owner.__name__
        ):  # before an older class of that name; while decorating, it has no references yet
            return ForwardModel(name) if self.tolerant else self.owner
        for frame in self.scope.frames:
            local = frame.f_locals
            if name in local:
                return local[name]
        if name in self.globals or hasattr(builtins, name):
            raise KeyError(name)  # eval looks there next
        nested = self.owner.__dict__.get(name)
        if isinstance(nested, type):
            return nested
        model = self.scope.models(name)
        if model is not None:
            return model
        if self.tolerant:
            return ForwardModel(name)
        raise UnresolvedNameError(f"{name!r} is not defined")

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def enclosing_frames(frame: FrameType | None, module: str) -> list[FrameType]:
    """The class bodies and the function around a class that is being defined at `frame`, innermost first."""
    frames: list[FrameType] = []
    while (
        frame is not None
        and frame.f_globals.get("__name__") == module
        and frame.f_locals is not frame.f_globals
    ):
        frames.append(frame)
        if frame.f_code.co_flags & _OPTIMIZED:
            break
        frame = frame.f_back
    return frames


def own_annotations(cls: type) -> dict[str, Any]:
    """The annotations of the class itself, unevaluated where that is possible."""
    if sys.version_info >= (3, 14):
        import annotationlib

        return dict(annotationlib.get_annotations(cls, format=annotationlib.Format.FORWARDREF))
    return inspect.get_annotations(cls)


def all_annotations(cls: type) -> dict[str, tuple[Any, type]]:
    """The annotations of the class and its bases, in the order of definition, each with the class that has it."""
    found: dict[str, tuple[Any, type]] = {}
    for owner in reversed(cls.__mro__):
        if owner is object:
            continue
        for name, annotation in own_annotations(owner).items():
            found[name] = (annotation, owner)
    return found


def is_class_variable(annotation: Any) -> bool:
    """Whether the annotation says ClassVar (or InitVar), as a string too."""
    if isinstance(annotation, ForwardRef):
        annotation = annotation.__forward_arg__
    if isinstance(annotation, str):
        head = annotation.strip().split("[", 1)[0].strip()
        return head.rsplit(".", 1)[-1] in ("ClassVar", "InitVar")
    if annotation is typing.ClassVar or typing.get_origin(annotation) is typing.ClassVar:
        return True
    return type(annotation).__name__ == "InitVar"
