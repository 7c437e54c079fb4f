"""The columns of statements in the database's own language: how values of a type are read from them."""

from typing import Any

from ommi.models.annotations import Scope
from ommi.models.codecs import Spec, codec_for


def specs(types: tuple[Any, ...]) -> list[Spec]:
    """The codec spec of each type; `TypeError` for one that no column holds."""
    scope = Scope(object, [], lambda name: None)
    return [codec_for(annotation, scope).spec for annotation in types]
