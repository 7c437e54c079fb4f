"""Which fields are the key, and who gives it its value."""

from dataclasses import dataclass, make_dataclass
from typing import Annotated, Any, Optional

import pytest
from databases import EVERY
from ommi import (
    Auto,
    Key,
    ModelCollection,
    Ommi,
    ReferenceTo,
    SchemaError,
    Shard,
    StoreAs,
    Unique,
    UniqueViolation,
    ValidationError,
    ommi_model,
)

pytestmark = pytest.mark.databases(*EVERY)


def key_of(**fields: Any) -> list[str]:
    cls = ommi_model(collection=ModelCollection())(make_dataclass("Model", fields.items()))
    names = [metadata.get("field_name") for metadata in cls.get_primary_key_fields()]
    assert cls.__ommi__.native.key_names() == names
    return names


def test_marked_fields_are_the_key() -> None:
    assert key_of(id=int, code=Annotated[str, Key]) == ["code"]


def test_several_marked_fields_are_a_composite_key() -> None:
    assert key_of(a=Annotated[int, Key], b=str, c=Annotated[str, Key]) == ["a", "c"]


def test_then_a_field_stored_as_underscore_id() -> None:
    assert key_of(id=int, mongo=Annotated[str, StoreAs("_id")]) == ["mongo"]


def test_then_a_field_named_id() -> None:
    assert key_of(age=int, id=str) == ["id"]


def test_then_the_first_int() -> None:
    assert key_of(name=str, age=int, size=int) == ["age"]
    assert key_of(name=str, active=bool, age=Optional[int]) == ["age"]


def test_then_the_first_field() -> None:
    assert key_of(name=str, title=str) == ["name"]
    assert key_of(active=bool, name=str) == ["active"]


async def test_a_single_int_key_without_a_value_is_generated(db: Ommi) -> None:
    @ommi_model(collection=ModelCollection())
    @dataclass
    class Inferred:
        name: str
        id: int = None

    models = [Inferred("a"), Inferred("b", 40), Inferred("c")]
    await db.add(models).or_raise()

    assert models[1].id == 40
    assert len({model.id for model in models}) == 3
    assert (await db.find(Inferred.id == models[2].id).one.or_raise()).name == "c"
    later = await db.add(Inferred("d")).or_raise()
    assert later.id not in {model.id for model in models}


async def test_a_text_key_without_a_value_is_an_error(db: Ommi) -> None:
    @ommi_model(collection=ModelCollection())
    @dataclass
    class Coded:
        code: Annotated[str, Key] = None
        name: str = ""

    result = await db.add(Coded())

    assert not result.is_success()
    assert isinstance(result.error, ValidationError)
    assert "code" in str(result.error)


async def test_a_composite_key(db: Ommi) -> None:
    @ommi_model(collection=ModelCollection())
    @dataclass
    class Place:
        row: Annotated[int, Key]
        seat: Annotated[str, Key]
        taken: bool = False

    await db.add(Place(1, "a"), Place(1, "b"), Place(2, "a")).or_raise()
    assert isinstance((await db.add(Place(1, "a"))).error, UniqueViolation)

    place = await db.find(Place.row == 1, Place.seat == "b").one.or_raise()
    place.taken = True
    await db.save(place).or_raise()

    assert await db.find(Place.taken).count.or_raise() == 1
    assert await db.delete(place).or_raise() == 1
    assert await db.find(Place).count.or_raise() == 2


@pytest.mark.needs("foreign_keys")
async def test_a_reference_to_a_composite_key_is_one_reference(db: Ommi) -> None:
    collection = ModelCollection()

    @ommi_model(collection=collection)
    @dataclass
    class Place:
        row: Annotated[int, Key]
        seat: Annotated[str, Key]

    @ommi_model(collection=collection)
    @dataclass
    class Booking:
        guest: str
        row: Annotated[int, ReferenceTo(Place.row)]
        seat: Annotated[str, ReferenceTo(Place.seat)]
        id: int = None

    assert [reference["fields"] for reference in Booking.__ommi__.definition()["references"]] == [
        ["row", "seat"]
    ]
    await db.add(Place(1, "a"), Place(1, "b")).or_raise()
    await db.add(Booking("Ada", 1, "b")).or_raise()
    assert not (await db.add(Booking("Eve", 2, "b"))).is_success()
    assert await db.find(Booking, Place.seat == "b").count.or_raise() == 1


def test_auto_is_kept_in_the_metadata() -> None:
    @ommi_model(collection=ModelCollection())
    @dataclass
    class Model:
        id: Annotated[int, Key | Auto] = None

    (key,) = Model.get_primary_key_fields()
    assert key.matches(Auto)
    assert key.matches(Key)


@pytest.mark.parametrize("value", [2**63, -(2**63) - 1, "1", 1.0, True])
async def test_a_key_of_a_wrong_type_is_an_error_that_names_it(db: Ommi, value: Any) -> None:
    @ommi_model(collection=ModelCollection())
    @dataclass
    class Model:
        name: str
        id: int = None

    error = (await db.add(Model("a", value))).error

    assert isinstance(error, ValidationError)
    assert error.field == "id"


async def test_a_shard_key_is_taken_everywhere_and_changes_no_meaning(db: Ommi) -> None:
    @ommi_model(collection=ModelCollection())
    @dataclass
    class Order:
        shop: Annotated[str, Key | Shard(hashed=True)]
        number: Annotated[int, Key | Shard]
        note: str = ""

    assert Order.__ommi__.definition()["shard"] == [("shop", True), ("number", False)]
    assert Order.__ommi__.field("number").matches(Shard)
    await db.add(Order("a", 1), Order("a", 2), Order("b", 1)).or_raise()
    order = await db.find(Order.shop == "a", Order.number == 2).one.or_raise()
    order.note = "x"
    await order.save(db).or_raise()
    assert [row.note for row in await db.find(Order).order_by(Order.shop, Order.number).fetch.all()] == [
        "",
        "x",
        "",
    ]
    await order.delete(db).or_raise()
    assert await db.find(Order, Order.shop == "a").count.or_raise() == 1


async def test_a_shard_key_that_leaves_something_not_unique_is_an_error_that_names_both(db: Ommi) -> None:
    @ommi_model(collection=ModelCollection())
    @dataclass
    class Astray:
        id: int
        region: Annotated[str, Shard]

    @ommi_model(collection=ModelCollection())
    @dataclass
    class Doubled:
        region: Annotated[str, Key | Shard]
        number: Annotated[int, Key]
        code: Annotated[str, Unique]

    with pytest.raises(SchemaError, match=r"key \(id\).*shard key \(region\)"):
        await db.use_models(Astray)
    with pytest.raises(SchemaError, match=r'unique field "code".*shard key \(region\)'):
        await db.use_models(Doubled)
