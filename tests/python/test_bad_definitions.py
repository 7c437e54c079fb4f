"""Models that cannot be, and rules of the database: the right class of error, with its columns, and nothing stored."""

from dataclasses import dataclass
from typing import Annotated, Any

import pytest
from ommi import (
    DatabaseError,
    ForeignKeyViolation,
    Key,
    ModelCollection,
    ModelInsertError,
    ModelUpdateError,
    NotNullViolation,
    Ommi,
    ReferenceTo,
    StoreAs,
    Unique,
    UniqueViolation,
    ValidationError,
    ommi_model,
)


class Strange:
    def __repr__(self) -> str:
        raise RuntimeError("nobody may ask for this object's text")

    __str__ = __repr__


class TestDefinitions:
    def test_a_model_without_fields(self) -> None:
        with pytest.raises((TypeError, ValueError), match=r"Empty.*field"):

            @ommi_model(collection=ModelCollection())
            @dataclass
            class Empty:
                pass

            Empty.__ommi__.fields
            Ommi("sqlite://:memory:").find(Empty)

    @pytest.mark.parametrize(
        "annotations",
        [
            {"a": int, "b": Annotated[int, StoreAs("a")]},
            {"b": Annotated[int, StoreAs("a")], "a": int},
            {"b": Annotated[int, StoreAs("a")], "c": Annotated[int, StoreAs("a")]},
        ],
    )
    def test_two_fields_on_one_column(self, annotations: dict[str, Any]) -> None:
        twice = dataclass(type("Twice", (), {"__annotations__": {**annotations, "id": int}}))
        with pytest.raises(ValueError, match=r"Duplicate StoreAs value.*'a'"):
            ommi_model(collection=ModelCollection())(twice)

    @pytest.mark.parametrize("annotation", [complex, memoryview, type(lambda: 1), list[complex], Strange])
    def test_an_annotation_that_cannot_be_stored(self, annotation: Any) -> None:
        with pytest.raises(TypeError, match="odd"):
            made = ommi_model(collection=ModelCollection())(
                dataclass(type("Odd", (), {"__annotations__": {"odd": annotation, "id": int}}))
            )
            made.__ommi__.native.define()

    @pytest.mark.parametrize("target", [3, "text", None, object(), [3]])
    async def test_what_is_no_model_cannot_be_set_up_or_added(self, db: Ommi, target: Any) -> None:
        with pytest.raises((TypeError, DatabaseError)):
            await db.use_models(target)
        try:
            error = (await db.add(target)).error
        except TypeError as caught:
            error = caught
        assert isinstance(error, TypeError | DatabaseError)


rules = ModelCollection()


@ommi_model(collection=rules, name="owners")
@dataclass
class Owner:
    email: Annotated[str, Unique, StoreAs("e_mail")]
    id: Annotated[int, Key] = None


@ommi_model(collection=rules, name="pets")
@dataclass
class Pet:
    owner_id: Annotated[int, ReferenceTo(Owner.id)]
    name: str
    first: Annotated[int, Key] = 0
    second: Annotated[str, Key] = ""


class TestRules:
    """Constraints of the database: the right class, with the columns, and nothing of the operation stays."""

    @pytest.fixture
    async def owner(self, db: Ommi) -> Owner:
        return await db.add(Owner("a@example.org")).or_raise()

    async def test_unique(self, db: Ommi, owner: Owner) -> None:
        error = (await db.add([Owner("b"), Owner("a@example.org")])).error

        assert isinstance(error, UniqueViolation)
        assert isinstance(error, ModelInsertError)
        assert error.columns == ("e_mail",)
        assert error.model == "Owner"
        assert error.original_error is not None
        assert error.statement.startswith("INSERT INTO")
        assert "example.org" not in str(error)
        assert await db.find(Owner).count.or_raise() == 1

    async def test_unique_in_an_update(self, db: Ommi, owner: Owner) -> None:
        other = await db.add(Owner("b")).or_raise()

        error = (await db.find(Owner.id == other.id).update(email="a@example.org")).error
        assert isinstance(error, UniqueViolation)
        assert isinstance(error, ModelUpdateError)
        assert error.columns == ("e_mail",)
        other.email = "a@example.org"
        error = (await db.save(other)).error
        assert isinstance(error, UniqueViolation)
        assert isinstance(error, ModelUpdateError)
        assert [found.email for found in await db.find(Owner).order_by("id").fetch.all()] == [
            "a@example.org",
            "b",
        ]

    async def test_a_key_that_is_taken(self, db: Ommi, owner: Owner) -> None:
        await db.add(Pet(1, "Rex", 1, "x")).or_raise()

        error = (await db.add(Pet(1, "Tom", 1, "x"))).error
        assert isinstance(error, UniqueViolation)
        assert error.columns == ("first", "second")
        error = (await db.add(Owner("b", id=1))).error
        assert isinstance(error, UniqueViolation)
        assert error.columns == ("id",)

    async def test_a_reference_to_nothing(self, db: Ommi, owner: Owner) -> None:
        error = (await db.add([Pet(1, "Rex"), Pet(9, "Tom", 2)])).error
        assert isinstance(error, ForeignKeyViolation)
        assert isinstance(error, ModelInsertError)
        assert error.columns == ()
        assert await db.find(Pet).count.or_raise() == 0

        await db.add(Pet(1, "Rex")).or_raise()
        error = (await db.find(Pet).update(owner_id=9)).error
        assert isinstance(error, ForeignKeyViolation)
        assert isinstance(error, ModelUpdateError)
        error = (await db.find(Owner).delete).error
        assert isinstance(error, ForeignKeyViolation)
        assert (await db.delete(owner)).error is not None
        assert await db.find(Owner).count.or_raise() == 1

    async def test_a_missing_value_is_found_before_anything_is_sent(self, db: Ommi, owner: Owner) -> None:
        for error in ((await db.add(Owner(None))).error, (await db.find(Owner).update(email=None)).error):
            assert isinstance(error, ValidationError | NotNullViolation)
            assert error.field == "email"

    async def test_a_failure_inside_a_transaction_undoes_its_statement_only(
        self, db: Ommi, owner: Owner
    ) -> None:
        async with db.transaction() as tx:
            await tx.add(Owner("b")).or_raise()
            assert not (await tx.add([Owner("c"), Owner("b")])).is_success()
            assert not (await tx.find(Owner.email == "b").update(email="a@example.org")).is_success()
            await tx.add(Owner("d")).or_raise()
        emails = {found.email for found in await db.find(Owner).fetch.all()}
        assert emails == {"a@example.org", "b", "d"}
