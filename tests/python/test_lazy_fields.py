"""Section 5: relations as lazy fields; the lazy loading scenarios that the project was asked for."""

import asyncio
import copy
import logging
import pickle
from dataclasses import dataclass, field
from typing import Annotated, Any, Optional

import pytest
from blog import Post, Role, User, UserRole, blog, fill
from databases import EVERY
from ommi import (
    AssociateOnReference,
    DBResult,
    DBStatusNoResultException,
    Key,
    LazyLoadEveryRelated,
    LazyLoadTheRelated,
    ModelCollection,
    Ommi,
    ReferenceTo,
    SQLiteDriver,
    Success,
    ommi_model,
    use_driver,
    when,
)

pytestmark = pytest.mark.databases(*EVERY)


async def test_one_to_many(db: Ommi) -> None:
    await fill(db)
    user = await db.find(User.id == 1).fetch.one()

    posts = await user.posts

    assert isinstance(posts, list)
    assert [post.title for post in posts] == ["post 0 of user 0", "post 1 of user 0"]
    assert await user.posts is posts


async def test_many_to_one(db: Ommi) -> None:
    await fill(db)
    post = await db.find(Post.id == 3).fetch.one()

    author = await post.author

    assert isinstance(author, User)
    assert author.name == "user 1"
    assert await post.author is author


async def test_many_to_many_by_way_of_an_association(db: Ommi) -> None:
    ada, eve, bob = await fill(db, 3, 0)
    admin, guest = Role("admin"), Role("guest")
    await db.add(admin, guest).or_raise()
    await db.add(
        UserRole(ada.id, admin.id), UserRole(ada.id, guest.id), UserRole(eve.id, guest.id)
    ).or_raise()

    assert sorted([role.name for role in await ada.roles]) == ["admin", "guest"]
    assert [role.name for role in await eve.roles] == ["guest"]
    assert await bob.roles == []
    assert await ada.roles is await ada.roles


async def test_the_field_itself_is_cached_in_the_instance(db: Ommi) -> None:
    user, other = await fill(db, 2)

    assert user.posts is user.posts
    assert user.posts is not other.posts
    assert not user.posts.is_loaded
    assert "not loaded" in repr(user.posts)
    await user.posts
    assert user.posts.is_loaded


async def test_an_instance_that_was_added_can_load(db: Ommi) -> None:
    ada = User("Ada")
    await db.add(ada).or_raise()
    post = Post("Notes", ada.id)
    await db.add(post).or_raise()

    assert (await post.author).name == "Ada"
    assert await ada.posts == [post]


async def test_all_spellings_of_the_value(db: Ommi) -> None:
    (user,) = await fill(db, 1)
    posts = await user.posts

    assert await user.posts.value is posts
    assert await user.posts.get() is posts
    assert await user.posts.get([]) is posts
    assert await user.posts.or_use(None) is posts
    assert await user.posts.get_result() == Success(posts)
    match await user.posts.result:
        case DBResult.DBSuccess(value):
            assert value is posts
        case DBResult.DBFailure(error):
            pytest.fail(str(error))


async def test_refresh_loads_again(db: Ommi) -> None:
    (user,) = await fill(db, 1)
    posts = await user.posts
    await db.add(Post("new", user.id)).or_raise()

    assert await user.posts is posts
    assert await user.posts.refresh_if_needed() is posts
    assert len(await user.posts.refresh()) == 3
    assert len(await user.posts) == 3


async def test_refresh_if_needed_loads_once(db: Ommi) -> None:
    (user,) = await fill(db, 1)

    posts = await user.posts.refresh_if_needed()

    assert await user.posts is posts


@ommi_model(collection=(lonely := ModelCollection()))
@dataclass
class Owner:
    name: str
    id: int = None


@ommi_model(collection=lonely)
@dataclass
class Dog:
    owner_id: Annotated[Optional[int], ReferenceTo(Owner.id)] = None
    owner: LazyLoadTheRelated[Owner]
    perhaps: LazyLoadTheRelated[Optional[Owner]]
    quiet: LazyLoadTheRelated[Owner] = field(
        default_factory=lambda: LazyLoadTheRelated(return_empty_on_error=True)
    )
    default: LazyLoadTheRelated[Owner] = field(default_factory=LazyLoadTheRelated)
    id: int = None


async def test_a_missing_single_is_an_error_unless_it_may_be_missing(db: Ommi) -> None:
    dog = Dog()
    await db.add(dog).or_raise()
    fetched = await db.find(Dog).one.or_raise()

    for each in (dog, fetched):
        with pytest.raises(DBStatusNoResultException, match=r"Dog\.owner"):
            await each.owner
        with pytest.raises(DBStatusNoResultException):
            await each.default
        assert await each.perhaps is None
        assert await each.quiet is None
        assert await each.owner.get("nobody") == "nobody"
        assert await each.perhaps.or_use("nobody") == "nobody"
        assert isinstance((await each.owner.get_result()).error, DBStatusNoResultException)
        assert isinstance((await each.owner.result).error, DBStatusNoResultException)


async def test_a_failure_is_not_kept(db: Ommi) -> None:
    dog = Dog()
    await db.add(dog).or_raise()
    assert not (await dog.owner.result).is_success()

    owner = Owner("Ada")
    await db.add(owner).or_raise()
    dog.owner_id = owner.id

    assert (await dog.owner).name == "Ada"


async def test_a_lazy_field_without_a_database_says_what_to_do() -> None:
    with pytest.raises(RuntimeError, match="use_driver"):
        await Dog(1).owner


async def test_without_a_handle_of_its_own_the_active_driver_is_used(db: Ommi) -> None:
    await fill(db)

    with use_driver(db):
        assert (await Post("not added", 2).author).name == "user 1"
        assert len(await User("not added", id=1).posts) == 2
        assert len(await User("not added", id=1).posts.refresh()) == 2


async def test_an_instance_keeps_to_the_handle_that_loaded_it(db: Ommi) -> None:
    await fill(db)
    async with SQLiteDriver.connect() as other:
        with use_driver(other):
            user = await db.find(User.id == 1).one.or_raise()
            assert len(await user.posts) == 2


async def test_built_by_hand(db: Ommi) -> None:
    await fill(db)

    author = LazyLoadTheRelated(lambda: when(User.name == "user 1"), driver=db)
    posts = LazyLoadEveryRelated(lambda: [Post, User.name == "user 1"], driver=db)
    nobody = LazyLoadTheRelated(lambda: User.name == "nobody", driver=db)
    forgiving = LazyLoadTheRelated(User.name == "nobody", driver=db, return_empty_on_error=True)

    assert (await author).id == 2
    assert await author is await author
    assert len(await posts) == 2
    with pytest.raises(DBStatusNoResultException):
        await nobody
    assert await forgiving is None
    assert await LazyLoadEveryRelated(lambda: User.name == 3, driver=db, return_empty_on_error=True) == []
    with use_driver(db):
        assert (await LazyLoadTheRelated(lambda: when(User.id == 3))).name == "user 2"
    async with SQLiteDriver.connect() as driver:
        assert await LazyLoadEveryRelated(lambda: User, driver=driver) == []


async def test_a_field_built_by_hand_may_be_given_to_an_instance(db: Ommi) -> None:
    await fill(db)
    post = Post("x", 1, author=LazyLoadTheRelated(lambda: when(User.id == 3)))
    await db.add(post).or_raise()

    assert (await post.author).name == "user 2"


async def test_a_loaded_value_may_be_given_to_an_instance(db: Ommi) -> None:
    ada = User("Ada")
    post = Post("x", 1, author=ada)

    assert await post.author is ada
    user = User("Eve", posts=[post])
    assert await user.posts == [post]
    user.posts = None
    with pytest.raises(RuntimeError):
        await user.posts


async def test_objects_of_one_fetch_load_a_relation_in_one_query(
    db: Ommi, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(db, 20)
    posts = await db.find(Post).fetch.all()

    authors = [await post.author for post in posts]

    assert [author.name for author in authors] == [f"user {n}" for n in range(20) for _ in range(2)]
    await db.remove_models(blog)  # nothing is loaded any more
    users = [await post.author for post in posts]
    assert users == authors


async def test_one_query_also_when_awaited_at_once(db: Ommi) -> None:
    await fill(db, 20)
    users = await db.find(User).order_by(User.id).fetch.all()

    loaded = await asyncio.gather(*(user.posts for user in users))

    assert [len(posts) for posts in loaded] == [2] * 20


async def test_eager(db: Ommi) -> None:
    await fill(db, 5)
    users = await db.find(User).order_by(User.id).with_related(User.posts, Post.author).fetch.all()
    await db.remove_models(Post, User, UserRole)

    titles = [[post.title for post in await user.posts] for user in users]

    assert titles == [[f"post {k} of user {n}" for k in range(2)] for n in range(5)]
    assert (await (await users[3].posts)[0].author).name == "user 3"


async def test_composite_keys(db: Ommi) -> None:
    collection = ModelCollection()

    @ommi_model(collection=collection)
    @dataclass
    class Seat:
        row: Annotated[int, Key]
        place: Annotated[str, Key]
        bookings: "LazyLoadEveryRelated[Booking]"

    @ommi_model(collection=collection)
    @dataclass
    class Booking:
        guest: str
        row: Annotated[int, ReferenceTo(Seat.row)]
        place: Annotated[str, ReferenceTo(Seat.place)]
        seat: LazyLoadTheRelated[Seat]
        id: int = None

    await db.add(Seat(1, "a"), Seat(1, "b")).or_raise()
    await db.add(Booking("Ada", 1, "a"), Booking("Eve", 1, "b"), Booking("Bob", 1, "b")).or_raise()

    seats = await db.find(Seat).order_by(Seat.place).fetch.all()
    assert [[booking.guest for booking in await seat.bookings] for seat in seats] == [["Ada"], ["Eve", "Bob"]]
    booking = await db.find(Booking.guest == "Bob").one.or_raise()
    assert await booking.seat == Seat(1, "b")


async def test_several_references_to_one_model_need_to_be_told_apart(db: Ommi) -> None:
    collection = ModelCollection()

    @ommi_model(collection=collection)
    @dataclass
    class City:
        name: str
        id: int = None
        arrivals: "LazyLoadEveryRelated[Annotated[Trip, AssociateOnReference('destination_id')]]"

    @ommi_model(collection=collection)
    @dataclass
    class Trip:
        origin_id: Annotated[int, ReferenceTo(City.id)]
        destination_id: Annotated[int, ReferenceTo(City.id)]
        origin: LazyLoadTheRelated[Annotated[City, AssociateOnReference("origin_id")]]
        destination: LazyLoadTheRelated[Annotated[City, AssociateOnReference("destination_id")]]
        id: int = None

    await db.add(City("Rome"), City("Oslo")).or_raise()
    await db.add(Trip(1, 2)).or_raise()
    trip = await db.find(Trip).one.or_raise()

    assert ((await trip.origin).name, (await trip.destination).name) == ("Rome", "Oslo")
    assert await (await trip.destination).arrivals == [trip]


async def test_loaded_values_survive_copies_and_pickles(db: Ommi) -> None:
    await fill(db, 1)
    user = await db.find(User).one.or_raise()
    posts = await user.posts

    for again in (pickle.loads(pickle.dumps(user)), copy.deepcopy(user), copy.copy(user)):
        assert again == user
        assert await again.posts == posts
        assert again.posts is not user.posts


async def test_objects_of_a_finished_transaction_load_by_the_handle(db: Ommi) -> None:
    await fill(db, 2)
    async with db.transaction() as tx:
        users = await tx.find(User).fetch.all()
        assert len(await users[0].posts) == 2
        new = User("new")
        await tx.add(new)

    assert len(await users[1].posts) == 2
    assert await new.posts == []
    assert len(await users[1].posts.refresh()) == 2


async def test_a_load_inside_a_transaction_sees_its_work(db: Ommi) -> None:
    (user,) = await fill(db, 1)
    async with db.transaction():
        await db.add(Post("inside", user.id)).or_raise()
        inside = await db.find(User).one.or_raise()
        assert len(await inside.posts) == 3


async def test_circular_objects_are_collected(db: Ommi) -> None:
    import gc
    import weakref

    await fill(db, 1)
    user = await db.find(User).one.or_raise()
    for post in await user.posts:
        await post.author
    gone = weakref.ref(user)

    del user, post
    gc.collect()

    assert gone() is None


def test_lazy_fields_tell_nothing_of_values_to_logs(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    value: Any = User("secret name").posts

    assert "secret" not in repr(value)


async def test_a_key_that_was_spoilt_is_an_error_also_after_others_were_loaded(db: Ommi) -> None:
    await fill(db)
    first, second, third = (await db.find(Post).order_by(Post.id).fetch.all())[:3]
    await first.author
    second.author_id = third.author_id = "nobody"
    second.author = LazyLoadTheRelated(return_empty_on_error=True)

    assert await second.author is None
    assert not (await third.author.get_result()).is_success()
