"""Section 4: every operator, alike in Python and in the database."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Optional

import pytest
from databases import EVERY
from ommi import (
    ASTArithmeticNode,
    ASTComparisonNode,
    ASTGroupNode,
    ASTLiteralNode,
    ASTLogicalNode,
    ASTNode,
    ASTReferenceNode,
    Key,
    LogicalOperator,
    ModelCollection,
    Ommi,
    OrderDirection,
    QueryOperator,
    ResultOrdering,
    ValidationError,
    col,
    ommi_model,
    when,
)

pytestmark = pytest.mark.databases(*EVERY)


@ommi_model(collection=ModelCollection())
@dataclass
class Item:
    id: Annotated[int, Key]
    name: Optional[str] = None
    price: Optional[int] = None
    cost: int = 0
    weight: float = 0.0
    sold: bool = False
    gone: bool = False
    amount: Decimal = Decimal(0)


ROWS = [
    Item(1, "apple", 10, 5, 1.5, True, False, Decimal("1.10")),
    Item(2, "Apple", 20, 20, -2.0, True, True, Decimal("2.5")),
    Item(3, "100%_\\*$.[a", 0, -3, 0.0, False, False, Decimal("-7")),
    Item(4, "", -5, 0, 0.25, False, True, Decimal("0")),
    Item(5, None, None, 7, 3.0, True, False, Decimal("10")),
    Item(6, "Äpfel straße", 30, 31, 1e300, False, False, Decimal("1000000000000000000000.5")),
    Item(7, "apple pie", 11, 5, 1.0, True, False, Decimal("1.1")),
]

PREDICATES: list[tuple[Any, list[int]]] = [
    (Item.price == 10, [1]),
    (Item.price != 10, [2, 3, 4, 6, 7]),
    (Item.price < 10, [3, 4]),
    (Item.price <= 10, [1, 3, 4]),
    (Item.price > 11, [2, 6]),
    (Item.price >= 11, [2, 6, 7]),
    (Item.price == None, [5]),
    (Item.price != None, [1, 2, 3, 4, 6, 7]),
    (Item.price.is_null(), [5]),
    (Item.price.is_not_null(), [1, 2, 3, 4, 6, 7]),
    (Item.name == "apple", [1]),
    (Item.name == "", [4]),
    (Item.name != "apple", [2, 3, 4, 6, 7]),
    (Item.name > "a", [1, 6, 7]),
    (Item.price == Item.cost, [2]),
    (Item.price > Item.cost, [1, 3, 7]),
    (Item.price < Item.cost, [4, 6]),
    (Item.price - Item.cost == 5, [1]),
    (Item.price + 1 > 20, [2, 6]),
    (Item.price * 2 == 22, [7]),
    (Item.price / 2 == 5, [1, 7]),
    (Item.price % 3 == 2, [2, 7]),
    (Item.price / 0 == 1, []),
    (Item.price % 0 == 1, []),
    (100 - Item.price == 90, [1]),
    (2 * Item.price == 20, [1]),
    (2 * (Item.price + 1) == 22, [1]),
    (30 - (Item.price + 5) == 15, [1]),
    (Item.price.in_([10, 20]), [1, 2]),
    (Item.price.in_((10,)), [1]),
    (Item.price.in_({10, 11}), [1, 7]),
    (Item.price.in_(n for n in (0, 30)), [3, 6]),
    (Item.price.in_([]), []),
    (Item.price.in_(range(100_000)), [1, 2, 3, 6, 7]),
    (Item.price.not_in([10, 20]), [3, 4, 6, 7]),
    (Item.price.not_in([]), [1, 2, 3, 4, 5, 6, 7]),
    (Item.name.in_(["apple", "Apple", "nothing"]), [1, 2]),
    (Item.name("apple"), [1]),
    (Item.name("apple", "Apple"), [1, 2]),
    (Item.name.contains("apple"), [1, 7]),
    (Item.name.contains(""), [1, 2, 3, 4, 6, 7]),
    (Item.name.contains("%"), [3]),
    (Item.name.contains("_"), [3]),
    (Item.name.contains("\\"), [3]),
    (Item.name.contains("*"), [3]),
    (Item.name.contains("$"), [3]),
    (Item.name.contains("."), [3]),
    (Item.name.contains("[a"), [3]),
    (Item.name.contains("ß"), [6]),
    (Item.name.not_contains("apple"), [2, 3, 4, 6]),
    (Item.name.starts_with("apple"), [1, 7]),
    (Item.name.starts_with("100%"), [3]),
    (Item.name.starts_with("10_"), []),
    (Item.name.starts_with("Ä"), [6]),
    (Item.name.starts_with(""), [1, 2, 3, 4, 6, 7]),
    (Item.name.ends_with("pie"), [7]),
    (Item.name.ends_with("[a"), [3]),
    (Item.name.ends_with(""), [1, 2, 3, 4, 6, 7]),
    (Item.name.like("apple%"), [1, 7]),
    (Item.name.like("a____"), [1]),
    (Item.name.like("Apple"), [2]),
    (Item.name.like("100\\%%"), [3]),
    (Item.name.ilike("APPLE"), [1, 2]),
    (Item.name.ilike("äPFEL%"), [6]),
    (Item.name.regex("^[aA]pple$"), [1, 2]),
    (Item.name.regex("pp"), [1, 2, 7]),
    (Item.name.regex(r"\d+"), [3]),
    (Item.price.between(10, 20), [1, 2, 7]),
    (Item.price.between(20, 10), []),
    (Item.sold, [1, 2, 5, 7]),
    (~Item.sold, [3, 4, 6]),
    (Item.sold & ~Item.gone, [1, 5, 7]),
    (Item.sold | Item.gone, [1, 2, 4, 5, 7]),
    (Item.sold.is_true(), [1, 2, 5, 7]),
    (Item.sold == True, [1, 2, 5, 7]),
    (Item.sold == False, [3, 4, 6]),
    ((Item.price > 0) & (Item.cost > 0), [1, 2, 6, 7]),
    ((Item.price > 20) | (Item.price < 0), [4, 6]),
    (~(Item.price > 0), [3, 4]),
    (~((Item.price > 0) | (Item.name == "")), [3]),
    ((Item.price > 0).And(Item.cost > 0, Item.sold), [1, 2, 7]),
    ((Item.price > 20).Or(Item.price < 0, Item.price == 10), [1, 4, 6]),
    (when(Item.price > 0, Item.cost > 5), [2, 6]),
    (when(Item.price > 20) | when(Item.price < 0), [4, 6]),
    (~when(Item.price > 0), [3, 4]),
    (Item.weight > 1, [1, 5, 6]),
    (Item.weight == 0.25, [4]),
    (Item.weight < 0, [2]),
    (Item.amount == Decimal("1.1"), [1, 7]),
    (Item.amount > 2, [2, 5, 6]),
    (Item.amount > Decimal("9.9"), [5, 6]),
    (Item.amount.in_([Decimal("10.0"), Decimal("2.50")]), [2, 5]),
    (Item.amount + Decimal("0.9") == 2, [1, 7]),
    (Item.amount.between(0, 3), [1, 2, 4, 7]),
]


@pytest.fixture
async def items(db: Ommi) -> Ommi:
    await db.add(ROWS).or_raise()
    return db


@pytest.mark.parametrize(("predicate", "expected"), PREDICATES, ids=repr)
async def test_predicates(items: Ommi, predicate: ASTNode, expected: list[int]) -> None:
    rows = await items.find(Item, predicate).order_by(Item.id).fetch.all()

    assert [row.id for row in rows] == expected
    assert await items.find(Item, predicate).count.or_raise() == len(expected)
    assert await items.find(Item, predicate).exists.or_raise() is bool(expected)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"price": Item.price + 1}, 11),
        ({"price": Item.price - 3}, 7),
        ({"price": Item.price * Item.cost}, 50),
        ({"price": Item.price / 3}, 3),
        ({"price": Item.price % 4}, 2),
        ({"price": 2 * Item.price + Item.cost}, 25),
        ({"price": None}, None),
        ({"price": Item.price / 0}, None),
        ({"price": Item.cost}, 5),
    ],
    ids=repr,
)
async def test_updates_with_expressions(items: Ommi, change: dict[str, Any], expected: int | None) -> None:
    assert await items.find(Item.id == 1).update(**change).or_raise() == 1
    assert (await items.find(Item.id == 1).one.or_raise()).price == expected


async def test_integer_overflow_is_an_error_and_changes_nothing(items: Ommi) -> None:
    await items.find(Item.id == 1).update(price=2**63 - 1).or_raise()

    assert not (await items.find(Item.id == 1).update(price=Item.price + 1)).is_success()
    assert (await items.find(Item.id == 1).one.or_raise()).price == 2**63 - 1


@pytest.mark.parametrize(
    "decide", [lambda e: bool(e), lambda e: e and e, lambda e: not e, lambda e: 1 if e else 2]
)
@pytest.mark.parametrize("expression", [Item.price > 1, Item.sold, when(Item.sold), ~Item.sold], ids=repr)
def test_an_expression_has_no_truth_value(decide: Any, expression: ASTNode) -> None:
    with pytest.raises(TypeError, match=r"& \| ~"):
        decide(expression)


def test_chained_comparison_is_refused_too() -> None:
    with pytest.raises(TypeError, match="between"):
        _ = 1 < Item.price < 3


@pytest.mark.parametrize(
    "wrong", [lambda: (Item.price > 1) & 3, lambda: Item.sold | "x", lambda: (Item.sold).And(True)]
)
def test_only_expressions_combine(wrong: Any) -> None:
    with pytest.raises(TypeError, match="no query expression"):
        wrong()


@pytest.mark.parametrize(
    "predicate",
    [
        Item.price == "ten",
        Item.price > "ten",
        Item.price.in_([1, "two"]),
        Item.name == 3,
        Item.sold == "yes",
        Item.price == 2**63,
        Item.name.contains(3),
        Item.name.regex("("),
        Item.name + 1 == 2,
        Item.price.contains(1),
        Item.price.starts_with("1"),
    ],
    ids=repr,
)
async def test_an_operand_of_a_wrong_type_is_an_error(items: Ommi, predicate: ASTNode) -> None:
    error = (await items.find(predicate)).error

    assert error is not None
    assert type(error).__module__ == "ommi.errors"
    assert "Item" in str(error) or "regular expression" in str(error)


def test_membership_takes_no_single_text() -> None:
    with pytest.raises(TypeError, match="list of values"):
        Item.name.in_("apple")


def test_col_is_the_reference_itself() -> None:
    assert col(Item.name) is Item.name
    with pytest.raises(TypeError, match="a field of a model"):
        col("name")


def test_drivers_written_in_python_can_walk_the_nodes() -> None:
    comparison = Item.price > 3
    assert isinstance(comparison, ASTComparisonNode)
    assert comparison.left is Item.price
    assert comparison.operator is QueryOperator.GREATER_THAN
    assert comparison.right == 3
    logical = comparison & Item.sold
    assert isinstance(logical, ASTLogicalNode)
    assert logical.operator is LogicalOperator.AND
    assert [type(node) for node in logical.operands] == [ASTComparisonNode, ASTReferenceNode]
    assert (~comparison).operator is LogicalOperator.NOT
    assert (comparison | comparison).operator is LogicalOperator.OR
    group = when(comparison, Item.sold)
    assert isinstance(group, ASTGroupNode)
    assert len(group.operands) == 2
    ordering = Item.price.desc
    assert isinstance(ordering, ResultOrdering)
    assert ordering.field is Item.price
    assert ordering.direction is OrderDirection.DESC
    assert isinstance(Item.price + 1, ASTArithmeticNode)
    assert (Item.price + 1).operator is QueryOperator.ADD
    assert ASTLiteralNode(3).value == 3
    reference = Item.price
    assert (reference.model, reference.name, reference.field) == (
        Item,
        "price",
        Item.__ommi__.fields["price"],
    )
    assert all(
        isinstance(node, ASTNode) for node in (comparison, logical, group, reference, ASTLiteralNode(3))
    )
    assert repr(reference) == "Item.price"


async def test_a_literal_node_is_its_value(items: Ommi) -> None:
    assert await items.find(Item.price == ASTLiteralNode(10)).count.or_raise() == 1


def test_every_operator_has_its_member() -> None:
    members = {
        "EQUALS": Item.price == 1,
        "NOT_EQUALS": Item.price != 1,
        "GREATER_THAN": Item.price > 1,
        "GREATER_THAN_OR_EQUAL": Item.price >= 1,
        "LESS_THAN": Item.price < 1,
        "LESS_THAN_OR_EQUAL": Item.price <= 1,
        "IN": Item.price.in_([1]),
        "NOT_IN": Item.price.not_in([1]),
        "CONTAINS": Item.name.contains("a"),
        "NOT_CONTAINS": Item.name.not_contains("a"),
        "STARTS_WITH": Item.name.starts_with("a"),
        "ENDS_WITH": Item.name.ends_with("a"),
        "LIKE": Item.name.like("a"),
        "ILIKE": Item.name.ilike("a"),
        "REGEX": Item.name.regex("a"),
        "BETWEEN": Item.price.between(1, 2),
        "IS_NULL": Item.name.is_null(),
        "IS_NOT_NULL": Item.name.is_not_null(),
        "IS_TRUE": Item.sold.is_true(),
        "ADD": Item.price + 1,
        "SUBTRACT": Item.price - 1,
        "MULTIPLY": Item.price * 1,
        "DIVIDE": Item.price / 1,
        "MODULO": Item.price % 1,
        "LOWER": Item.name.lower(),
        "UPPER": Item.name.upper(),
        "LENGTH": Item.name.length(),
        "TRIM": Item.name.trim(),
        "ABS": Item.price.abs(),
        "ROUND": Item.price.round(1),
        "YEAR": Item.name.year(),
        "MONTH": Item.name.month(),
        "DAY": Item.name.day(),
        "HOUR": Item.name.hour(),
        "COALESCE": Item.name.coalesce("a"),
    }
    assert set(members) == set(QueryOperator.__members__)
    for name, node in members.items():
        assert node.operator is QueryOperator[name]


async def test_values_are_checked_before_anything_is_sent(items: Ommi) -> None:
    error = (await items.find(Item.id == 1).update(price="ten")).error

    assert isinstance(error, ValidationError)
    assert error.field == "price"
