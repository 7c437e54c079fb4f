"""`save()` writes what changed, and a `Version` tells of lost races."""

import copy
import pickle
from dataclasses import dataclass, replace
from typing import Annotated, Any, Optional

import pytest
from databases import EVERY
from ommi import LazyLoadTheRelated, ModelCollection, Ommi, ReferenceTo, Version, ommi_model
from ommi.errors import ConflictError, DBStatusNoResultException, ValidationError

pytestmark = pytest.mark.databases(*EVERY)
pages = ModelCollection()


@ommi_model(collection=pages, track_changes=True)
@dataclass
class Page:
    title: str
    body: Optional[str] = None
    tags: list[str] = None
    id: int = None


@ommi_model(collection=pages)
@dataclass
class Counted:
    title: str
    version: Annotated[int, Version] = 0
    id: int = None


@ommi_model(collection=pages, track_changes=True)
@dataclass
class Both:
    title: str
    body: Optional[str] = None
    version: Annotated[int, Version] = None
    id: int = None


@ommi_model(collection=pages)
@dataclass
class Note:
    page_id: Annotated[int, ReferenceTo(Page.id)]
    id: int = None
    page: LazyLoadTheRelated[Page] = None


async def fresh(db: Ommi, model: Any, key: int) -> Any:
    return await db.find(model, model.id == key).fetch.one()


async def test_what_somebody_else_changed_stays(db: Ommi) -> None:
    mine = await db.add(Page("Draft", "body", ["a"])).or_raise()
    yours = await fresh(db, Page, mine.id)
    yours.title = "Notes"
    await db.save(yours).or_raise()
    mine.tags.append("b")
    await db.save(mine).or_raise()
    assert await fresh(db, Page, mine.id) == Page("Notes", "body", ["a", "b"], mine.id)
    mine.body = "new"  # what was saved is known again
    await db.find(Page).update(tags=["c"]).or_raise()
    await db.save(mine).or_raise()
    assert await fresh(db, Page, mine.id) == Page("Notes", "new", ["c"], mine.id)


async def test_nothing_is_sent_where_nothing_changed(db: Ommi) -> None:
    page = await db.add(Page("Draft", tags=[])).or_raise()
    for same in (page, await fresh(db, Page, page.id), *await db.find(Page).fetch.all()):
        before = db._operations()
        assert await db.save(same).or_raise() is same
        assert db._operations() == before
    await page.reload(db).or_raise()
    before = db._operations()
    await page.save(db).or_raise()
    assert db._operations() == before


async def test_a_copy_is_saved_with_all_its_fields(db: Ommi) -> None:
    page = await db.add(Page("Draft", "body")).or_raise()
    copies = [
        copy.deepcopy(page),
        replace(page),
        pickle.loads(pickle.dumps(page)),
        Page("Draft", "body", None, page.id),
    ]
    for each in copies:
        assert each == page
        await db.find(Page).update(title="other").or_raise()
        await db.save(each).or_raise()
        assert (await fresh(db, Page, page.id)).title == "Draft"
    await db.find(Page).update(title="other").or_raise()
    await db.save(copy.copy(page)).or_raise()  # a shallow copy knows the row that the object knows
    assert (await fresh(db, Page, page.id)).title == "other"


async def test_a_version_counts(db: Ommi) -> None:
    page = await db.add(Counted("Draft")).or_raise()
    assert page.version == 1
    for version in (2, 3):
        await db.save(page).or_raise()
        assert page.version == version
        assert (await fresh(db, Counted, page.id)).version == version


@pytest.mark.parametrize("model", [Counted, Both])
async def test_a_lost_race_is_a_conflict(db: Ommi, model: Any) -> None:
    mine = await db.add(model("Draft")).or_raise()
    yours = await fresh(db, model, mine.id)
    yours.title = "yours"
    await db.save(yours).or_raise()
    mine.title = "mine"
    with pytest.raises(ConflictError, match=rf"{model.__name__}.*id = {mine.id}.*version 1"):
        await db.save(mine).or_raise()
    assert mine.version == 1
    with pytest.raises(ConflictError):
        await db.delete(mine).or_raise()
    assert (await fresh(db, model, mine.id)).title == "yours"
    await mine.reload(db).or_raise()
    mine.title = "mine"
    await db.save(mine).or_raise()
    assert (await fresh(db, model, mine.id)) == mine
    assert await db.delete(mine).or_raise() == 1
    mine.title = "gone"
    with pytest.raises(ConflictError):
        await db.save(mine).or_raise()


async def test_a_lost_race_leaves_its_transaction_open(db: Ommi) -> None:
    mine = await db.add(Counted("Draft")).or_raise()
    await db.find(Counted).update(version=5).or_raise()
    async with db.transaction() as tx:
        with pytest.raises(ConflictError):
            await tx.save(mine).or_raise()
        await tx.add(Counted("other")).or_raise()
    assert await db.find(Counted).count.or_raise() == 2


async def test_a_new_object_is_added(db: Ommi) -> None:
    page = Both("Draft")
    await page.save(db).or_raise()
    assert (page.id, page.version) == (1, 1)
    with pytest.raises(DBStatusNoResultException):
        await Both("never added", id=99).save(db).or_raise()


async def test_a_relation_that_was_given_a_stored_object_is_saved(db: Ommi) -> None:
    one, two = await db.add(Page("one"), Page("two")).or_raise()
    note = await db.add(Note(one.id)).or_raise()
    note.page = two
    await db.save(note).or_raise()
    assert (await fresh(db, Note, note.id)).page_id == note.page_id == two.id
    note.page = Page("new")
    with pytest.raises(ValidationError, match="add"):
        await db.save(note).or_raise()


@pytest.mark.databases("sqlite")
def test_bad_definitions_say_what_is_wrong(db: Ommi) -> None:
    with pytest.raises(TypeError, match="__dict__"):

        @ommi_model(collection=ModelCollection(), track_changes=True)
        @dataclass(slots=True)
        class Slots:
            id: int

    @ommi_model(collection=ModelCollection())
    @dataclass
    class Twice:
        id: int
        one: Annotated[int, Version] = 0
        two: Annotated[int, Version] = 0

    with pytest.raises(Exception, match="several versions"):
        Twice.__ommi__.native.define()


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("library", ["attrs", "pydantic", "msgspec"])
async def test_other_model_libraries_remember_their_rows(db: Ommi, library: str) -> None:
    namespace: dict[str, Any] = {
        "__annotations__": {"title": str, "body": str, "id": Optional[int]},
        "id": None,
    }
    namespace["__module__"] = __name__
    if library == "attrs":
        made = pytest.importorskip("attrs").define(slots=False)(type("Thing", (), dict(namespace)))
    elif library == "pydantic":
        base = pytest.importorskip("pydantic").BaseModel
        made = type(base)("Thing", (base,), dict(namespace))
    else:
        base = pytest.importorskip("msgspec").Struct
        made = type(base)("Thing", (base,), dict(namespace), dict=True)
    model: Any = ommi_model(collection=ModelCollection(), track_changes=True)(made)
    thing = await db.add(model(title="a", body="b")).or_raise()
    again = await fresh(db, model, thing.id)
    assert again == thing
    await db.find(model).update(body="c").or_raise()
    again.title = "d"
    await db.save(again).or_raise()
    now = await fresh(db, model, thing.id)
    assert (now.title, now.body) == ("d", "c")
