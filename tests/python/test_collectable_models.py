"""Classes that were defined in a function go when nothing refers to them any more, whatever was done with them."""

import enum
import gc
import typing
import weakref
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, Optional

import attrs
import msgspec
import pydantic
import pytest
from ommi import (
    Key,
    LazyLoadEveryRelated,
    LazyLoadTheRelated,
    ModelCollection,
    Ommi,
    ReferenceTo,
    ommi_model,
    when,
)


def a_dataclass() -> tuple[Any, ...]:
    @ommi_model(collection=ModelCollection())
    @dataclass
    class Local:
        text: str
        id: Annotated[int, Key] = None

    return (Local,)


def with_slots() -> tuple[Any, ...]:
    @ommi_model(collection=ModelCollection())
    @dataclass(slots=True)
    class Local:
        text: str
        id: Annotated[int, Key] = None

    return (Local,)


def an_attrs_class() -> tuple[Any, ...]:
    @ommi_model(collection=ModelCollection())
    @attrs.define
    class Local:
        text: str
        id: Annotated[int, Key] = None

    return (Local,)


def a_pydantic_model() -> tuple[Any, ...]:
    @ommi_model(collection=ModelCollection())
    class Local(pydantic.BaseModel):
        text: str
        id: Annotated[Optional[int], Key] = None

    return (Local,)


def a_struct() -> tuple[Any, ...]:
    @ommi_model(collection=ModelCollection())
    class Local(msgspec.Struct):
        text: str
        id: Annotated[Optional[int], Key] = None

    return (Local,)


def with_own_types() -> tuple[Any, ...]:
    class Mood(enum.Enum):
        GOOD = "good"

    @dataclass
    class Place:
        town: str

    @ommi_model(collection=ModelCollection())
    @dataclass
    class Local:
        text: str
        mood: Mood = Mood.GOOD
        place: Optional[Place] = None
        id: Annotated[int, Key] = None

    return Local, Mood, Place


def that_refer_to_each_other() -> tuple[Any, ...]:
    models = ModelCollection()

    @ommi_model(collection=models)
    @dataclass
    class Local:
        text: str
        id: Annotated[int, Key] = None
        parts: "LazyLoadEveryRelated[Part]" = None

    @ommi_model(collection=models)
    @dataclass
    class Part:
        local_id: Annotated[int, ReferenceTo(Local.id)]
        local: LazyLoadTheRelated[Local]
        id: Annotated[int, Key] = None

    return Local, Part


KINDS: list[Callable[[], tuple[Any, ...]]] = [
    a_dataclass,
    with_slots,
    an_attrs_class,
    a_pydantic_model,
    a_struct,
    with_own_types,
    that_refer_to_each_other,
]


def collected(references: list["weakref.ref[Any]"]) -> bool:
    for forget in typing._cleanups:  # `typing` remembers the latest annotations
        forget()
    for _ in range(3):
        gc.collect()
    return all(reference() is None for reference in references)


@pytest.mark.parametrize("define", KINDS)
def test_a_class_that_was_only_defined_is_collected(define: Callable[[], tuple[Any, ...]]) -> None:
    references = [weakref.ref(cls) for cls in define()]
    assert collected(references)


@pytest.mark.parametrize("define", KINDS)
def test_a_class_whose_references_were_used_is_collected(define: Callable[[], tuple[Any, ...]]) -> None:
    def use() -> list["weakref.ref[Any]"]:
        classes = define()
        model = classes[0]
        repr(when(model.text == "a", model.id.in_([1, 2])).sort(model.text.desc))
        model.get_primary_key_fields()
        return [weakref.ref(cls) for cls in classes]

    assert collected(use())


async def stored_and_found(db: Ommi, classes: tuple[Any, ...]) -> None:
    model = classes[0]
    await db.add(model(text="a"), model(text="b")).or_raise()
    assert len(await db.find(model).order_by(model.text).fetch.all()) == 2
    await db.find(model.text == "a").update(text="c").or_raise()
    if len(classes) == 2:
        first = await db.find(model.text == "c").one.or_raise()
        await db.add(classes[1](local_id=first.id)).or_raise()
        assert len(await first.parts) == 1
        assert (await (await first.parts)[0].local).text == "c"
    async for _ in db.find(model):
        break


@pytest.mark.parametrize("define", KINDS)
async def test_a_class_that_was_used_goes_when_its_handle_does(define: Callable[[], tuple[Any, ...]]) -> None:
    async def use(work: Callable[[Ommi, tuple[Any, ...]], Awaitable[None]]) -> list["weakref.ref[Any]"]:
        classes = define()
        async with Ommi("sqlite://:memory:") as db:
            await work(db, classes)
        return [weakref.ref(cls) for cls in classes]

    assert collected(await use(stored_and_found))


async def test_a_class_in_use_stays_while_the_collector_runs(db: Ommi) -> None:
    (model,) = a_dataclass()
    await db.add([model(text=str(number)) for number in range(3000)]).or_raise()
    found = []
    async for item in db.find(model).batch_size(500):
        found.append(item)
        del item
        if len(found) % 500 == 0:
            gc.collect()
    del model
    gc.collect()
    assert len({item.text for item in found}) == 3000
    assert type(found[0]).text is not None
