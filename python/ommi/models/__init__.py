"""Models: the decorator, the adapters of model libraries, metadata, collections and lazy fields."""

from ommi.models.model import OmmiModel, ommi_model

__all__ = ["OmmiModel", "ommi_model"]
