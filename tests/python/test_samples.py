"""Rows chosen by chance."""

from dataclasses import dataclass
from typing import Annotated

import pytest
from databases import EVERY
from ommi import Key, ModelCollection, Ommi, QueryError, ommi_model

pytestmark = pytest.mark.databases(*EVERY)

collection = ModelCollection()


@ommi_model(collection=collection)
@dataclass
class Card:
    id: Annotated[int, Key]
    red: bool = False


@pytest.fixture
async def cards(db: Ommi) -> Ommi:
    await db.use_models(collection)
    await db.add(*(Card(number, number % 2 == 0) for number in range(1, 21))).or_raise()
    return db


async def test_rows_that_are_there_each_once(cards: Ommi) -> None:
    drawn = await cards.find(Card).sample(7).fetch.all()
    assert len({card.id for card in drawn}) == 7
    assert {card.id for card in drawn} <= set(range(1, 21))
    assert len(await cards.find(Card).sample(99).fetch.all()) == 20
    assert await cards.find(Card).sample(0).fetch.all() == []
    assert await cards.find(Card).sample(5).count.or_raise() == 5


async def test_rows_that_a_filter_leaves_and_their_values(cards: Ommi) -> None:
    drawn = await cards.find(Card, Card.red.is_true()).select(Card.id).sample(3).fetch.all()
    assert len(drawn) == 3
    assert all(number % 2 == 0 for (number,) in drawn)


async def test_samples_differ(cards: Ommi) -> None:
    hands = {tuple(card.id for card in await cards.find(Card).sample(10).fetch.all()) for _ in range(20)}
    assert len(hands) > 1


async def test_what_is_no_sample(cards: Ommi) -> None:
    with pytest.raises(QueryError, match="no other order"):
        await cards.find(Card).order_by(Card.id).sample(2).fetch.all()
    with pytest.raises(QueryError, match="not changed"):
        await cards.find(Card).sample(2).delete.or_raise()
    with pytest.raises(ValueError, match="not negative"):
        cards.find(Card).sample(-1)
    assert await cards.find(Card).count.or_raise() == 20
