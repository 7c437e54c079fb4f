"""Metadata: flags, types with values, their sum, and what a field's metadata tells."""

import pickle
from dataclasses import dataclass
from typing import Annotated, Optional

import pytest
from ommi import (
    AggregateMetadata,
    Auto,
    Default,
    FieldMetadata,
    FieldType,
    Index,
    Key,
    MaxLength,
    ModelCollection,
    ReferenceTo,
    StoreAs,
    Unique,
    create_metadata_flag,
    create_metadata_type,
    ommi_model,
)


def test_flags_combine_into_an_aggregate() -> None:
    both = Key | Auto

    assert isinstance(both, AggregateMetadata)
    assert both.matches(Key)
    assert both.matches(Auto)
    assert not both.matches(Unique)


def test_aggregates_combine_with_flags_and_with_each_other() -> None:
    assert ((Key | Auto) | Unique).matches(Auto)
    assert (Unique | (Key | Auto)).matches(Key)
    assert ((Key | Auto) | (Unique | Index)).matches(Index)
    assert (Key | StoreAs("pk")).get("store_as") == "pk"


def test_a_flag_of_ones_own() -> None:
    Secret = create_metadata_flag("Secret")

    assert Secret.matches(Secret)
    assert not Key.matches(Secret)
    assert (Key | Secret).matches(Secret)
    assert repr(Secret) == "Secret"


def test_a_type_of_ones_own_takes_its_values_by_position_and_by_name() -> None:
    Range = create_metadata_type("Range", low=0, high=None)

    assert Range().get("low") == 0
    assert Range(3).get("low") == 3
    assert Range(3, high=9).high == 9
    assert Range(1).matches(Range)
    assert (Key | Range(1)).matches(Range)
    assert not Key.matches(Range)


@pytest.mark.parametrize(
    "call", [lambda kind: kind(1, 2, 3), lambda kind: kind(middle=1), lambda kind: kind(1, low=2)]
)
def test_a_type_refuses_values_that_it_does_not_take(call) -> None:
    Range = create_metadata_type("Range", low=0, high=None)

    with pytest.raises(TypeError, match="Range"):
        call(Range)


def test_get_reads_values_and_defaults() -> None:
    metadata = Key | StoreAs("pk")

    assert metadata.get("store_as") == "pk"
    assert metadata.get("nothing") is None
    assert metadata.get("nothing", 3) == 3


def test_the_last_that_was_said_wins() -> None:
    assert (StoreAs("a") | StoreAs("b")).get("store_as") == "b"


def test_a_field_knows_its_name_type_and_column() -> None:
    @ommi_model(collection=ModelCollection())
    @dataclass
    class User:
        name: Annotated[Optional[str], Unique | StoreAs("full_name"), MaxLength(40)]
        id: Annotated[int, Key] = None

    name = User.__ommi__.fields["name"]
    assert isinstance(name, FieldMetadata)
    assert name.get("field_name") == "name"
    assert name.get("field_type") is str
    assert name.get("store_as") == "full_name"
    assert name.get("max_length") == 40
    assert name.matches(Unique)
    assert name.matches(StoreAs)
    assert not name.matches(Key)
    assert name.is_optional
    assert name.inner_type is str
    assert User.__ommi__.fields["id"].get("store_as") == "id"
    assert User.name.field is name


def test_metadata_inside_an_optional_counts() -> None:
    @ommi_model(collection=ModelCollection())
    @dataclass
    class User:
        name: Optional[Annotated[str, StoreAs("full_name")]]
        id: int = None

    assert User.__ommi__.fields["name"].get("store_as") == "full_name"


def test_foreign_metadata_is_left_alone() -> None:
    @ommi_model(collection=ModelCollection())
    @dataclass
    class User:
        name: Annotated[str, "a note", 3]
        id: int = None

    assert User.__ommi__.fields["name"].parts == ()


def test_validate_value_uses_the_annotation() -> None:
    metadata = FieldMetadata("age", Optional[int], default=3)

    assert metadata.validate_value(None)
    assert metadata.validate_value(3)
    assert not metadata.validate_value("3")
    assert metadata.default == 3


def test_metadata_with_bad_values_is_refused() -> None:
    with pytest.raises(ValueError, match="MaxLength"):
        MaxLength(0)
    with pytest.raises(ValueError, match="restrict, cascade, set_null"):
        ReferenceTo("User.id", on_delete="explode")


def test_what_the_other_types_hold() -> None:
    assert Default(3).get("default_value") == 3
    assert FieldType(int).get("field_type") is int
    assert ReferenceTo("User.id").get("reference_to") == "User.id"
    assert Index("by_name", unique=True).matches(Index)


def test_flags_survive_pickling() -> None:
    assert pickle.loads(pickle.dumps(Key)).matches(Key)
