"""A plugin for mypy: `User.name` is a reference, as it is at run time, and `lambda u: u.name` knows the fields.

    [tool.mypy]
    plugins = ["ommi.mypy"]

Without it mypy takes `User.name` for what the annotation says, refuses it where a dataclass has `slots` or gives the
field no default, and checks no names of fields in functions that are given to a query. Only mypy imports this module.
"""

from collections.abc import Callable

from mypy.errorcodes import ATTR_DEFINED
from mypy.nodes import TypeInfo, Var
from mypy.plugin import AttributeContext, ClassDefContext, Plugin
from mypy.types import AnyType, Instance, Type, TypeOfAny, get_proper_type
from mypy.types_utils import remove_optional

_DECORATOR = "ommi.models.model.ommi_model"
_REFERENCE = "ommi._ommi.ASTReferenceNode"
_PATH = "ommi._value_nodes.ASTPathNode"
_LEADING = "ommi._value_nodes.Leading"
_FIELDS = "ommi.fields.Fields"
_LAZY = "ommi.models.query_fields.LazyQueryField"
_METADATA = "ommi"

Hook = Callable[[AttributeContext], Type]


def plugin(version: str) -> type[Plugin]:
    """What mypy calls."""
    return OmmiPlugin


class OmmiPlugin(Plugin):
    """The plugin."""

    def get_class_decorator_hook_2(self, fullname: str) -> Callable[[ClassDefContext], bool] | None:
        """Remembers which classes are models."""
        return _remember_model if fullname == _DECORATOR else None

    def get_class_attribute_hook(self, fullname: str) -> Hook | None:
        """`User.name`."""
        owner, _, name = fullname.rpartition(".")
        symbol = self.lookup_fully_qualified(owner)
        info = symbol.node if symbol is not None else None
        if not isinstance(info, TypeInfo) or not _is_model(info):
            return None
        if _field_type(info, name) is not None:
            _let_the_class_be_asked(info, name)
            return self._reference
        if _is_relation(info, name):
            _let_the_class_be_asked(info, name)
        return None

    def get_attribute_hook(self, fullname: str) -> Hook | None:
        """`u.name` where u is `Fields[User]`, and `User.address.city`."""
        owner, _, name = fullname.rpartition(".")
        if owner == _FIELDS:
            return lambda context: self._field(context, name)
        if owner == _LEADING:
            return lambda context: self._inside(context, name)
        return None

    def _reference(self, context: AttributeContext) -> Type:
        if context.is_lvalue:
            return context.default_attr_type
        return self._reference_to(context.default_attr_type) or context.default_attr_type

    def _field(self, context: AttributeContext, name: str) -> Type:
        fields = get_proper_type(context.type)
        model = get_proper_type(fields.args[0]) if isinstance(fields, Instance) and fields.args else None
        if not isinstance(model, Instance) or not _is_model(model.type):
            return context.default_attr_type
        found = _field_type(model.type, name)
        if found is None:
            context.api.fail(f'"{model.type.name}" has no field "{name}"', context.context)
            return AnyType(TypeOfAny.from_error)
        return self._reference_to(found) or context.default_attr_type

    def _inside(self, context: AttributeContext, name: str) -> Type:
        node = get_proper_type(context.type)
        if not isinstance(node, Instance) or not node.args:
            return context.default_attr_type
        nested = get_proper_type(remove_optional(get_proper_type(node.args[0])))
        if isinstance(nested, AnyType):
            return context.default_attr_type
        found = _field_type(nested.type, name) if isinstance(nested, Instance) else None
        if found is None:
            message = f'"{node.type.name}" has nothing called "{name}" in it'
            context.api.fail(message, context.context, code=ATTR_DEFINED)
            return AnyType(TypeOfAny.from_error)
        return self._reference_to(found, _PATH) or context.default_attr_type

    def _reference_to(self, value: Type, node: str = _REFERENCE) -> Type | None:
        symbol = self.lookup_fully_qualified(node)
        if symbol is None or not isinstance(symbol.node, TypeInfo):
            return None
        return Instance(symbol.node, [value])


def _remember_model(context: ClassDefContext) -> bool:
    context.cls.info.metadata[_METADATA] = {"model": True}
    return True


def _is_model(info: TypeInfo) -> bool:
    return any(_METADATA in base.metadata for base in info.mro)


def _field_type(info: TypeInfo, name: str) -> Type | None:
    """The type of a stored field; None for methods, class variables, relations and what is private to Python."""
    symbol = info.get(name)
    if symbol is None or not isinstance(symbol.node, Var) or name.startswith("__"):
        return None
    variable = symbol.node
    if variable.is_classvar or variable.is_property or variable.is_inferred or variable.type is None:
        return None
    return None if _is_relation(info, name) else variable.type


def _is_relation(info: TypeInfo, name: str) -> bool:
    symbol = info.get(name)
    declared = symbol.node.type if symbol is not None and isinstance(symbol.node, Var) else None
    proper = get_proper_type(declared)
    return isinstance(proper, Instance) and any(base.fullname == _LAZY for base in proper.type.mro)


def _let_the_class_be_asked(info: TypeInfo, name: str) -> None:
    """The class answers for fields without a default and in slots, too: by the metaclass that Ommi gives it."""
    for base in info.mro:
        symbol = base.names.get(name)
        if symbol is not None:
            symbol.implicit = False
    if info.slots is not None and name in info.slots:
        info.slots = None
