"""The models of the typing tests: one for each library, and the shapes that checkers treat differently."""

from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from typing import Annotated

import attrs
import msgspec
import pydantic
from ommi import (
    Auto,
    Key,
    LazyLoadEveryRelated,
    LazyLoadTheRelated,
    ModelCollection,
    OmmiModel,
    ReferenceTo,
    ommi_model,
)

shop = ModelCollection()


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@ommi_model(collection=shop)
@dataclass
class Customer:
    name: str = ""
    age: int = 0
    email: str | None = None
    credit: Decimal = Decimal()
    colour: Colour = Colour.RED
    tags: list[str] = field(default_factory=list[str])
    active: bool = True
    id: Annotated[int | None, Key | Auto] = None
    orders: "LazyLoadEveryRelated[Order]" = field(init=False)


@ommi_model(collection=shop)
@dataclass(slots=True)
class Order:
    number: int
    customer_id: Annotated[int, ReferenceTo(Customer)]
    customer: LazyLoadTheRelated[Customer] = field(init=False)
    id: int | None = None


@dataclass
class Box:
    wide: int
    label: str | None = None


@ommi_model(collection=shop)
@dataclass
class Parcel:
    box: Box | None = None
    marks: dict[str, str] = field(default_factory=dict[str, str])
    id: int | None = None


@ommi_model(collection=shop)
@attrs.define
class Shelf:
    place: str
    id: int | None = None


@ommi_model(collection=shop)
class Article(pydantic.BaseModel):
    title: str
    id: int | None = None


@ommi_model(collection=shop)
class Label(msgspec.Struct):
    text: str
    id: int | None = None


@ommi_model(collection=shop)
@dataclass
class Employee(OmmiModel):
    name: str = ""
    id: int | None = None
