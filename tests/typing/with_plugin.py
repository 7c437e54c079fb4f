"""What mypy knows with the plugin: `User.name` is a reference, and functions know the fields."""

from typing import assert_type

from ommi import ASTComparisonNode, ASTPathNode, ASTReferenceNode, Ommi, Related, related
from ommi._ommi import Query
from shop import Article, Customer, Employee, Label, Order, Parcel, Shelf


def references() -> None:
    assert_type(Customer.name, ASTReferenceNode[str])
    assert_type(Customer.email, ASTReferenceNode[str | None])
    assert_type(Order.number, ASTReferenceNode[int])
    assert_type(Shelf.place, ASTReferenceNode[str])
    assert_type(Article.title, ASTReferenceNode[str])
    assert_type(Label.text, ASTReferenceNode[str])
    assert_type(Employee.name, ASTReferenceNode[str])
    assert_type(Customer.name == "x", ASTComparisonNode)
    assert_type(Customer.name.starts_with("x"), ASTComparisonNode)
    assert_type(Customer("Ada").name, str)
    Customer.age.starts_with("x")  # type: ignore[misc]
    Customer.nmae  # type: ignore[attr-defined]
    _ = Customer.age > "x"  # type: ignore[operator]


def paths() -> None:
    assert_type(Parcel.box.wide, ASTPathNode[int])
    assert_type(Parcel.box.label, ASTPathNode[str | None])
    assert_type(Parcel.box.wide > 3, ASTComparisonNode)
    assert_type(Parcel.marks["colour"] == "red", ASTComparisonNode)
    Parcel.box.long  # type: ignore[attr-defined]
    Customer.name.begins("x")  # type: ignore[attr-defined]
    _ = Parcel.box.wide > "x"  # type: ignore[operator]


async def queries(db: Ommi) -> None:
    assert_type(db.find(Customer, Customer.name.starts_with("x"), ~(Customer.age > 3)), Query[Customer])
    assert_type(db.find(Order, Order.number == 3).order_by(Order.number.desc), Query[Order])
    assert_type(db.find(Customer).select(Customer.name, Customer.age.max()), Query[tuple[str, int | None]])
    assert_type(db.find(Order).with_related(Order.customer), Query[Order])


def functions(db: Ommi) -> None:
    assert_type(db.find(Order, lambda o: o.number > 3), Query[Order])
    db.find(Order, lambda o: o.nmuber > 3)  # type: ignore[misc]
    db.find(Order, lambda o: o.number.begins("x"))  # type: ignore[attr-defined]
    db.find(Order, lambda o: o.number.starts_with("x"))  # type: ignore[misc]
    db.find(Order, lambda o: o.number > "x")  # type: ignore[operator]


def related_rows(db: Ommi) -> None:
    orders = related(Customer.orders)
    assert_type(orders, Related[Order])
    assert_type(orders.where(Order.number > 3).order_by(Order.id.desc).limit(3), Related[Order])
    assert_type(related(Order.customer), Related[Customer])
    assert_type(db.find(Customer).with_related(orders, related(Order.customer)), Query[Customer])
    orders.limit("3")  # type: ignore[arg-type]
    related(Customer.name)  # type: ignore[call-overload]
