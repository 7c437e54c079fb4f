"""Collections: which models belong together. References between models are looked up in their collection."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ommi._ommi import ModelType


class ModelCollection:
    """Models that are set up together and may name each other. A later model of the same name replaces the earlier."""

    def __init__(self, *models: type) -> None:
        self._models: dict[str, type] = {}
        self._is_checked = False
        for model in models:
            self.add(model)

    @property
    def models(self) -> list[type]:
        """The models in the order in which they were added."""
        return list(self._models.values())

    def add(self, model: type) -> None:
        """Adds a model."""
        if "__ommi__" not in model.__dict__:
            raise TypeError(f"{model.__name__} is not decorated with @ommi_model")
        self._models.pop(model.__name__, None)
        self._models[model.__name__] = model
        self._is_checked = False

    def find(self, name: str) -> type | None:
        """The model of that class name, else of that model name (`name=`), else None."""
        found = self._models.get(name)
        if found is not None:
            return found
        return next(
            (model for model in reversed(self.models) if model.__dict__["__ommi__"].model_name == name), None
        )

    def native_models(self) -> "list[ModelType]":
        """The models as the engine knows them."""
        return [model.__dict__["__ommi__"].native for model in self._models.values()]

    def check(self) -> None:
        """Checks the models and what they say of each other.

        Raises the one problem that there is, or a `SchemaError` that lists all of them.
        """
        if not self._is_checked:
            from ommi.models.check import check

            check(self.models)
            self._is_checked = True

    async def setup_on(self, db: Any) -> None:
        """Creates what is missing of the collection's tables: `await db.use_models(collection)`."""
        await db.use_models(self)

    async def remove_from(self, db: Any) -> None:
        """Drops the collection's tables: `await db.remove_models(collection)`."""
        await db.remove_models(self)

    def __contains__(self, model: object) -> bool:
        return isinstance(model, type) and self._models.get(model.__name__) is model

    def __len__(self) -> int:
        return len(self._models)

    def __repr__(self) -> str:
        return f"ModelCollection({', '.join(self._models)})"


_global_collection = ModelCollection()


def get_global_collection() -> ModelCollection:
    """The collection of models that name no other."""
    return _global_collection


def native_models(*sources: Any) -> "list[ModelType]":
    """The models of collections and single models, once each; of the global collection where none is named."""
    found: dict[int, ModelType] = {}
    for source in sources or (_global_collection,):
        if isinstance(source, ModelCollection):
            source.check()
            natives = source.native_models()
        elif isinstance(source, type) and "__ommi__" in source.__dict__:
            source.__dict__["__ommi__"].collection.check()
            natives = [source.__dict__["__ommi__"].native]
        elif isinstance(source, (list, tuple, set, frozenset)):
            natives = native_models(*source) if source else []
        else:
            raise TypeError(f"{source!r} is neither a ModelCollection nor a model")
        found.update((id(native), native) for native in natives)
    return list(found.values())


__all__ = ["ModelCollection", "get_global_collection"]
