"""Results in hand: one pair of classes under all its names."""

import pytest
from ommi import DatabaseResult, DBQueryResult, DBResult, DBStatusNoResultException, Failure, Success
from ommi.database import results

BROKEN = ValueError("broken")


def test_all_names_are_one_pair_of_classes() -> None:
    assert (
        DatabaseResult.Success
        is DBResult.DBSuccess
        is DBQueryResult.DBQuerySuccess
        is results.Success
        is Success
    )
    assert (
        DatabaseResult.Failure
        is DBResult.DBFailure
        is DBQueryResult.DBQueryFailure
        is results.Failure
        is Failure
    )
    assert isinstance(Success(1), DBResult)
    assert isinstance(Failure(BROKEN), DBQueryResult)


def test_a_success() -> None:
    result = Success(3)

    assert result.is_success()
    assert not result.is_failure()
    assert result.value == result.result == 3
    assert result.value_or(4) == result.result_or(4) == 3
    assert result.error is None
    assert result.exception_or(None) is None
    with pytest.raises(DBStatusNoResultException):
        _ = result.exception


def test_a_failure() -> None:
    result = Failure(BROKEN)

    assert not result.is_success()
    assert result.is_failure()
    assert result.error is result.exception is BROKEN
    assert result.value_or(4) == result.result_or(4) == 4
    assert result.exception_or(None) is BROKEN
    with pytest.raises(ValueError, match="broken"):
        _ = result.value
    with pytest.raises(DBStatusNoResultException) as caught:
        _ = result.result
    assert caught.value.original_error is BROKEN


def test_map_and_flat_map() -> None:
    assert Success(3).map(str) == Success("3")
    assert Success(3).flat_map(lambda value: Success(value + 1)).value == 4
    assert Success(3).flat_map(lambda value: Failure(BROKEN)).error is BROKEN
    failure = Failure(BROKEN)
    assert failure.map(str) is failure
    assert failure.flat_map(lambda value: Success(value)) is failure


def test_an_exception_in_the_function_becomes_a_failure() -> None:
    assert isinstance(Success(0).map(lambda value: 1 / value).error, ZeroDivisionError)
    assert isinstance(Success(0).flat_map(lambda value: 1 / value).error, ZeroDivisionError)


def test_flat_map_says_what_it_needs() -> None:
    assert "use map" in str(Success(3).flat_map(lambda value: value).error)


def test_match_with_one_positional_pattern() -> None:
    def told(result: DatabaseResult) -> object:
        match result:
            case DBResult.DBSuccess(value):
                return value
            case DBResult.DBFailure(error):
                return error

    assert told(Success(3)) == 3
    assert told(Failure(BROKEN)) is BROKEN


def test_repr_and_equality() -> None:
    assert repr(Success(3)) == "Success(3)"
    assert repr(Failure(BROKEN)) == "Failure(ValueError('broken'))"
    assert Success(3) == Success(3)
    assert Success(3) != Success(4)
    assert Failure(BROKEN) == Failure(BROKEN)
    assert Success(BROKEN) != Failure(BROKEN)
    assert len({Success(3), Success(3)}) == 1
