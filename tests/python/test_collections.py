"""Collections of models: what belongs together, and setting it up."""

from dataclasses import dataclass

import pytest
from blog import Post, Role, User, UserRole, blog
from ommi import ModelCollection, Ommi, get_global_collection, ommi_model
from ommi.models.collections import ModelCollection as FromOldPath


def test_a_collection_lists_its_models_in_order() -> None:
    assert blog.models == [User, Post, Role, UserRole]
    assert User in blog
    assert User not in ModelCollection()
    assert len(blog) == 4
    assert repr(blog) == "ModelCollection(User, Post, Role, UserRole)"


def test_old_import_paths_give_the_same_objects() -> None:
    from ommi.models import OmmiModel, collections, field_metadata, query_fields
    from ommi.models import ommi_model as old

    assert FromOldPath is ModelCollection
    assert old is ommi_model
    assert collections.get_global_collection is get_global_collection
    assert issubclass(User, OmmiModel)
    for name in ("Key", "Auto", "StoreAs", "ReferenceTo", "FieldType", "FieldMetadata", "AggregateMetadata"):
        assert hasattr(field_metadata, name)
    for name in ("MetadataFlag", "create_metadata_flag", "create_metadata_type"):
        assert hasattr(field_metadata, name)
    for name in ("LazyLoadTheRelated", "LazyLoadEveryRelated", "AssociateUsing", "AssociateOnReference"):
        assert hasattr(query_fields, name)
    assert hasattr(query_fields, "LazyQueryField")


def test_add_takes_models_only() -> None:
    collection = ModelCollection()
    collection.add(User)

    assert collection.models == [User]
    with pytest.raises(TypeError, match="int is not decorated"):
        collection.add(int)


async def test_setup_on_and_remove_from(db: Ommi) -> None:
    await blog.setup_on(db)
    await db.add(User("Ada")).or_raise()

    await blog.remove_from(db)
    await blog.setup_on(db)

    assert await db.find(User).count.or_raise() == 0


def test_a_decorator_takes_the_collection_by_position_too() -> None:
    collection = ModelCollection()

    @ommi_model(collection)
    @dataclass
    class Thing:
        id: int = None

    assert collection.models == [Thing]
