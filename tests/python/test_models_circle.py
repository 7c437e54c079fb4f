"""Models that refer to each other in circles and across modules, and schemas with mistakes: all are named at once."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, Optional

import pytest
from databases import EVERY
from ommi import (
    LazyLoadEveryRelated,
    LazyLoadTheRelated,
    ModelCollection,
    Ommi,
    ReferenceTo,
    SchemaError,
    ommi_model,
)

MODELS, MODULES = 100, 10

HEAD = """
from __future__ import annotations
from dataclasses import dataclass
from typing import Annotated, Optional
from ommi import LazyLoadEveryRelated, LazyLoadTheRelated, ReferenceTo, ommi_model
from circle import models
"""

MODEL = """
@ommi_model(collection=models)
@dataclass
class Link{number}:
    name: str
    next_id: Annotated[Optional[int], ReferenceTo("Link{next}.id")] = None
    next: LazyLoadTheRelated[Link{next} | None] = None
    befores: LazyLoadEveryRelated[Link{before}] = None
    id: Optional[int] = None
"""


@pytest.fixture
def circle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModelCollection]:
    """A package of ten modules with a hundred models: each refers to the next one, which is in another module."""
    package = tmp_path / "circle"
    package.mkdir()
    (package / "__init__.py").write_text("from ommi import ModelCollection\nmodels = ModelCollection()\n")
    for module in range(MODULES):
        bodies = [
            MODEL.format(number=number, next=(number + 1) % MODELS, before=(number - 1) % MODELS)
            for number in range(module, MODELS, MODULES)
        ]
        (package / f"part{module}.py").write_text(HEAD + "".join(bodies))
    monkeypatch.syspath_prepend(str(tmp_path))
    for module in range(MODULES):
        import_module(f"circle.part{module}")
    yield import_module("circle").models
    for name in [name for name in sys.modules if name.split(".")[0] == "circle"]:
        del sys.modules[name]


@pytest.mark.databases(*EVERY)
async def test_a_hundred_models_in_a_circle_over_ten_modules(db: Ommi, circle: ModelCollection) -> None:
    models = {model.__name__: model for model in circle.models}
    assert len(models) == MODELS
    assert len({model.__module__ for model in circle.models}) == MODULES

    await db.use_models(circle)
    rows = [await db.add(models[f"Link{number}"](f"n{number}")).or_raise() for number in range(MODELS)]
    for number, row in enumerate(rows):
        row.next_id = rows[(number + 1) % MODELS].id
    for row in rows:
        await db.save(row).or_raise()

    here, seen = await db.find(models["Link0"]).one.or_raise(), []
    for _ in range(MODELS):
        seen.append(here.name)
        assert [before.name for before in await (await here.next).befores] == [here.name]
        here = await here.next
    assert seen == [f"n{number}" for number in range(MODELS)]
    assert here.name == "n0"
    await db.use_models(circle)


def broken() -> tuple[ModelCollection, Any]:
    collection = ModelCollection()

    @ommi_model(collection=collection)
    @dataclass
    class City:
        name: str
        country_id: Annotated[int, ReferenceTo("Contry.id")]
        mayor_id: Annotated[int, ReferenceTo("Person.key")]
        odd: "Nowhere"  # noqa: F821
        id: Optional[int] = None

    @ommi_model(collection=collection)
    @dataclass
    class Person:
        born_in: Annotated[int, ReferenceTo(City)]
        lives_in: Annotated[int, ReferenceTo(City)]
        boss: LazyLoadTheRelated["Bos"]  # noqa: F821
        id: Optional[int] = None

    @ommi_model(collection=collection)
    @dataclass
    class Fine:
        id: Optional[int] = None

    return collection, Fine


EVERY_MISTAKE = [
    "City.odd: the annotation 'Nowhere': 'Nowhere' is not defined",
    "City.country_id: there is no model 'Contry' in the collection; it has City, Person, Fine",
    "City.mayor_id: Person has no field 'key'; its fields are born_in, lives_in, id",
    "Person.boss: there is no model 'Bos' in the collection; it has City, Person, Fine",
]


class TestMistakes:
    async def test_all_are_told_at_once_when_models_are_set_up(self, db: Ommi) -> None:
        collection, _ = broken()
        with pytest.raises(SchemaError) as caught:
            await db.use_models(collection)
        assert_tells(str(caught.value), EVERY_MISTAKE)

    async def test_all_are_told_at_once_at_the_first_use_of_any_model(self, db: Ommi) -> None:
        collection, fine = broken()
        for operation in (db.add(fine()), db.find(fine).count):
            assert_tells(str((await operation).error), EVERY_MISTAKE)
        for model in collection.models[:2]:
            error = (await db.find(model).count).error
            assert isinstance(error, SchemaError)
            assert_tells(str(error), EVERY_MISTAKE)

    async def test_one_alone_is_its_own_error(self, db: Ommi) -> None:
        collection = ModelCollection()

        @ommi_model(collection=collection)
        @dataclass
        class Post:
            author_id: Annotated[int, ReferenceTo("User")]
            id: Optional[int] = None

        with pytest.raises(SchemaError, match=r"^Post\.author_id: there is no model 'User'"):
            await db.use_models(collection)

        @ommi_model(collection=collection)
        @dataclass
        class User:
            id: Optional[int] = None

        await db.use_models(collection)

    async def test_ambiguous_and_missing_ways_of_relations_are_told(self, db: Ommi) -> None:
        collection = ModelCollection()

        @ommi_model(collection=collection)
        @dataclass
        class City:
            people: "LazyLoadEveryRelated[Person]"
            trips: "LazyLoadEveryRelated[Trip]"
            id: Optional[int] = None

        @ommi_model(collection=collection)
        @dataclass
        class Trip:
            to: LazyLoadTheRelated[City]
            origin_id: Annotated[int, ReferenceTo(City)]
            target_id: Annotated[int, ReferenceTo(City)]
            id: Optional[int] = None

        @ommi_model(collection=collection)
        @dataclass
        class Person:
            id: Optional[int] = None

        with pytest.raises(SchemaError) as caught:
            await db.use_models(collection)

        text = str(caught.value)
        assert text.startswith("the schema has 3 problems:")
        for where in ("City.people", "City.trips", "Trip.to"):
            assert f"\n- {where}: " in text
        assert text.count("origin_id") >= 2
        assert text.count("target_id") >= 2


def assert_tells(text: str, mistakes: list[str]) -> None:
    first, *lines = text.splitlines()
    assert first == f"the schema has {len(mistakes)} problems:"
    assert lines == [f"- {mistake}" for mistake in mistakes]
