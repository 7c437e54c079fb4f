"""What both checkers know, with and without the plugin for mypy: `col`, functions, and the types of results.

A line that has to be an error says so to each checker; one that is none any more is reported as a needless comment.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, assert_type

from ommi import (
    ASTAggregateNode,
    ASTComparisonNode,
    ASTLogicalNode,
    ASTNode,
    ASTPathNode,
    ASTReferenceNode,
    DatabaseResult,
    Ommi,
    col,
    count,
    when,
)
from ommi._ommi import BatchIterator, Query
from ommi.fields import Fields
from shop import Article, Colour, Customer, Employee, Label, Order, Parcel, Shelf


def columns() -> None:
    assert_type(col(Customer.name), ASTReferenceNode[str])
    assert_type(col(Customer.email), ASTReferenceNode[str | None])
    assert_type(col(Customer.name) == "x", ASTComparisonNode)
    assert_type(col(Customer.age) > 3, ASTComparisonNode)
    assert_type(col(Customer.age) > col(Customer.id), ASTComparisonNode)
    assert_type(col(Customer.credit) >= 3, ASTComparisonNode)
    assert_type(col(Customer.credit) < Decimal(3), ASTComparisonNode)
    assert_type(col(Customer.email).ilike("a%"), ASTComparisonNode)
    assert_type(col(Customer.name).in_(["a", "b"]), ASTComparisonNode)
    assert_type(col(Customer.colour).not_in({Colour.RED}), ASTComparisonNode)
    assert_type(col(Customer.tags).contains("x"), ASTComparisonNode)
    assert_type(col(Customer.tags).overlaps(["x"]), ASTComparisonNode)
    assert_type(col(Parcel.marks)["colour"] == "red", ASTComparisonNode)
    assert_type(col(Parcel.box)["wide"].as_type(int), ASTPathNode[int])
    assert_type(col(Customer.age).between(1, 3), ASTComparisonNode)
    assert_type(col(Customer.active).is_true(), ASTComparisonNode)
    assert_type((col(Customer.age) > 3) & ~(col(Customer.name) == "x"), ASTLogicalNode)
    assert_type(col(Customer.age).avg(), ASTAggregateNode[float | None])
    assert_type(col(Customer.credit).avg(), ASTAggregateNode[Decimal | None])
    assert_type(col(Customer.name).max(), ASTAggregateNode[str | None])
    assert_type(count(where=col(Customer.age) > 3), ASTAggregateNode[int])
    assert_type(col(Article.title), ASTReferenceNode[str])
    assert_type(col(Label.text), ASTReferenceNode[str])


def wrong_columns() -> None:
    col(Customer.age).starts_with("x")  # type: ignore[misc]  # pyright: ignore
    col(Customer.age).contains(3)  # type: ignore[misc]  # pyright: ignore
    col(Customer.name).is_true()  # type: ignore[misc]  # pyright: ignore
    col(Customer.age).in_(["x"])  # type: ignore[list-item]  # pyright: ignore
    col(Customer.name).between(1, 2)  # type: ignore[arg-type]  # pyright: ignore
    col(Customer.name).starts_with(3)  # type: ignore[arg-type]  # pyright: ignore
    _ = col(Customer.age) > "x"  # type: ignore[operator]  # pyright: ignore
    _ = col(Customer.colour) <= 3  # type: ignore[operator]  # pyright: ignore
    col(Customer.nmae)  # type: ignore[attr-defined]  # pyright: ignore


def functions(db: Ommi) -> None:
    assert_type(db.find(Customer, lambda c: c.name.starts_with("A")), Query[Customer])
    assert_type(db.find(Order, lambda o: (o.number > 3) & (o.customer_id == 1)), Query[Order])
    assert_type(db.find(Shelf, lambda s: s.place.like("a%") | s.id.is_null()), Query[Shelf])
    assert_type(db.find(Customer).where(lambda c: c.age > 3).order_by(lambda c: c.age), Query[Customer])
    assert_type(db.find(Customer, grown_up), Query[Customer])
    assert_type(db.find(Customer, grown_up, col(Customer.name) == "x"), Query[Customer])


def grown_up(customer: Fields[Customer]) -> ASTNode:
    return customer.age >= 18


def wrong_functions(db: Ommi) -> None:
    db.find(Customer, lambda c: 3)  # type: ignore[arg-type,return-value]  # pyright: ignore
    db.find(Customer, lambda: True)  # type: ignore[arg-type,misc]  # pyright: ignore
    db.find(Customer, "name")  # type: ignore[call-overload]  # pyright: ignore
    db.find(Order, grown_up)  # type: ignore[arg-type]  # pyright: ignore
    db.find(Customer).where("name")  # type: ignore[arg-type]  # pyright: ignore


async def results(db: Ommi) -> None:
    people = db.find(Customer, lambda c: c.age > 3)
    assert_type(await people.fetch.all(), list[Customer])
    assert_type(await people.fetch.one(), Customer)
    assert_type(await people.fetch.first(), Customer | None)
    assert_type(await people.fetch().or_raise(), list[Customer])
    assert_type(await people.one.or_raise(), Customer)
    assert_type(await people.one().or_use(None), Customer | None)
    assert_type(await people.first.value, Customer | None)
    assert_type(await people.one, DatabaseResult[Customer])
    assert_type(await people.count.or_raise(), int)
    assert_type(await people.exists.or_raise(), bool)
    assert_type(await people.delete().or_raise(), int)
    assert_type(await people.update(age=3).or_raise(), int)
    assert_type(await people.limit(3).offset(1).distinct().fetch_all(), list[Customer])
    assert_type(await people.all.or_raise(), BatchIterator[Customer])
    assert_type(await db.query(Customer).where(col(Customer.age) > 1).fetch_one(), Customer | None)
    assert_type(await people.one.map(lambda customer: customer.age).or_raise(), int)
    async for customer in people:
        assert_type(customer, Customer)
        assert_type(customer.name, str)
        assert_type(await customer.orders, list[Order])
    order = await db.find(Order).fetch.one()
    assert_type((await order.customer).name, str)
    assert_type(await db.find(when(col(Customer.age) > 3)).fetch.all(), list[Any])


async def tuples(db: Ommi) -> None:
    people = db.find(Customer)
    named = people.select(col(Customer.name), col(Customer.age))
    assert_type(await named.fetch.all(), list[tuple[str, int]])
    assert_type(await people.select(count()).fetch.one(), tuple[int])
    groups = people.select(col(Customer.colour), count().named("n"), col(Customer.age).avg())
    assert_type(
        await groups.group_by(col(Customer.colour)).fetch.all(), list[tuple[Colour, int, float | None]]
    )
    assert_type(people.select(col(Customer.name), into=Employee), Query[Employee])
    async for name, age in named:
        assert_type(name, str)
        assert_type(age, int)


async def writing(db: Ommi) -> None:
    assert_type(await db.add(Shelf("a")).or_raise(), Shelf)
    assert_type(await db.add([Shelf("a"), Shelf("b")]).or_raise(), list[Shelf])
    assert_type(await db.save(Article(title="a")).or_raise(), Article)
    assert_type(await db.delete(Shelf("a")).or_raise(), int)
    assert_type(await db.reload(Label("a")).or_raise(), Label)
    assert_type(await Employee("Ada").delete().or_raise(), int)
    async with db.transaction() as tx:
        assert_type(await tx.find(Customer).fetch.all(), list[Customer])


def expressions(columns: Sequence[ASTReferenceNode[int]]) -> list[ASTComparisonNode]:
    return [column > 3 for column in columns]
