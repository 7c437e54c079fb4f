"""What pyright, and mypy without the plugin, make of `User.name`: what the annotation says."""

from typing import assert_type

from ommi import Ommi, col, ommi_model
from ommi._ommi import Query
from shop import Article, Customer, Label, Order, Shelf


async def fields(db: Ommi) -> None:
    assert_type(Customer.name, str)
    assert_type(Customer.name == "x", bool)
    assert_type(db.find(Customer, Customer.name == "x", Customer.age > 3), Query[Customer])
    assert_type(db.find(Customer, (Customer.name == "x") & (Customer.age > 3)), Query[Customer])
    assert_type(db.find(Customer, Customer.age > Customer.age).order_by(Customer.age), Query[Customer])
    assert_type(db.find(Article, Article.title != "x"), Query[Article])
    assert_type(db.find(Label, Label.text == "x"), Query[Label])
    assert_type(
        await db.find(Customer).select(Customer.name, Customer.age).fetch.all(), list[tuple[str, int]]
    )
    # What only the reference has asks for col() or a function.
    Customer.name.starts_with("x")  # type: ignore[attr-defined]  # pyright: ignore
    Customer.age.desc  # type: ignore[attr-defined]  # pyright: ignore
    Customer.nmae  # type: ignore[attr-defined]  # pyright: ignore


def misspelt_methods(db: Ommi) -> None:
    """A reference may lead to something nested of any name, which is no method."""
    col(Customer.name).begins("x")  # type: ignore[operator]  # pyright: ignore
    db.find(Customer, lambda c: c.name.begins("A"))  # type: ignore[operator]  # pyright: ignore


def where_mypy_needs_the_plugin_or_a_function(db: Ommi) -> None:
    """mypy does not let a class be asked for a field of slots, or of a dataclass without a default; pyright does."""
    assert_type(db.find(Order, Order.number == 3), Query[Order])  # type: ignore[misc]
    assert_type(db.find(Shelf, Shelf.place == "x"), Query[Shelf])  # type: ignore[misc]
    assert_type(db.find(Order, lambda o: o.number == 3), Query[Order])
    db.find(Customer).with_related(Customer.orders)  # type: ignore[misc]


def on_what_is_no_class() -> None:
    ommi_model(3)  # type: ignore[call-overload]  # pyright: ignore
