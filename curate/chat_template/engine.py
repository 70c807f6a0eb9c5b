"""The Jinja environment templates run in: the one `transformers` 5.23 sets up, made faster.

What a template can tell is the same: the sandbox, `trim_blocks`, `lstrip_blocks`, loop controls,
`tojson`, `raise_exception`, `dict`, `namespace`, and `{% generation %}`. What it cannot tell:

- `{% generation %}` prints an `Edge` before and after its body, where transformers calls a macro and
  counts characters (wrongly, inside captured output). See `marked`.
- The look-ups and calls templates are full of skip the sandbox's questions where the answer is known.
- Every loop pass and every call is a *step*. The clock is looked at every few steps, so a template that
  loops or calls itself without end is stopped, in any thread. Additions, products, powers, paddings and
  captured output are held below `LONGEST` characters.

What is not stopped is one single operation of Python that takes for ever or fills the memory: a
format of enormous width, a `replace` that squares a text, a list that holds itself many times over.
Templates from strangers that might do such things belong in a process with limits of its own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache, wraps
from time import monotonic
from types import BuiltinMethodType, CodeType
from typing import Any, NoReturn, TypeGuard

from jinja2 import Template, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.exceptions import SecurityError, TemplateError, TemplateRuntimeError
from jinja2.ext import Extension, loopcontrols
from jinja2.parser import Parser
from jinja2.runtime import Context, LoopContext, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace

from curate.chat_template import marked

SECONDS = 5.0
"""How long one rendering may loop: a thousand times what the longest rows need."""
_STEPS_BETWEEN_LOOKS = 64


class EndlessError(TemplateRuntimeError):
    """A template did not come to an end."""


class PacedContext(Context):
    """The variables of one rendering, and how far it has got."""

    _steps = _STEPS_BETWEEN_LOOKS
    _deadline: float | None = None

    def step(self) -> None:
        """Count a loop pass or a call; raises EndlessError when time is up."""
        self._steps -= 1
        if self._steps:
            return
        self._steps = _STEPS_BETWEEN_LOOKS
        now = monotonic()
        if self._deadline is None:
            self._deadline = now + SECONDS
        elif now > self._deadline:
            raise EndlessError(f"the template is still looping after {SECONDS:g} seconds")


class Generation(Extension):
    """`{% generation %}…{% endgeneration %}`: what the model is trained to write."""

    tags = {"generation"}  # noqa: RUF012 (Jinja declares it so)

    def parse(self, parser: Parser) -> list[nodes.Node]:
        """The block's body between its edges, in a scope of its own as in transformers' macro."""
        line = next(parser.stream).lineno
        body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
        for jump in _jumps(body):
            parser.fail("a generation block cannot be left by break or continue", jump.lineno)
        opening, closing = (
            nodes.ExprStmt(nodes.EnvironmentAttribute(name), lineno=line)
            for name in ("opening", "closing")
        )
        return [opening, nodes.Scope(body, lineno=line), closing]


def _jumps(body: Iterable[nodes.Node]) -> Iterator[nodes.Node]:
    """The loop controls that would leave the body."""
    for node in body:
        if isinstance(node, (nodes.Break, nodes.Continue)):
            yield node
        elif not isinstance(node, nodes.For):
            yield from _jumps(node.iter_child_nodes())


def _public(kind: type, *but: str) -> frozenset[str]:
    return frozenset(name for name in dir(kind) if not name.startswith("_")) - set(but)


_PADDING = ("center", "expandtabs", "ljust", "rjust", "zfill")
_COUNTING = ("batch", "center", "indent", "slice")
_ATTRIBUTES = "_Namespace__attrs"
"""Where Jinja's namespace keeps its values; its own way there runs three Python functions."""
_DICT_NAMES = frozenset(dir(dict))
_TEXT_METHODS = _public(str, "format", "format_map", *_PADDING)
_LOOP_VALUES = _public(LoopContext)
_KINDS = {"defined": "Undefined", "string": "str"}
"""Tests that are a question of type."""


class PacedCode(CodeGenerator):
    """Python for a template, with its edges, steps and sizes watched.

    Two kinds of node that no template can write stand for what is put in: an attribute of the environment
    as a statement is an edge, a reference to the context is a step.
    """

    def visit_ExprStmt(self, node: nodes.ExprStmt, frame: Frame) -> None:  # noqa: D102, N802
        if not isinstance(node.node, nodes.EnvironmentAttribute):
            super().visit_ExprStmt(node, frame)
            return
        edge = f"environment.{node.node.name}"
        self.writeline(
            f"yield {edge}" if frame.buffer is None else f"{frame.buffer}.append({edge})"
        )

    def visit_For(self, node: nodes.For, frame: Frame) -> None:  # noqa: D102, N802
        node.body.insert(0, nodes.ExprStmt(nodes.ContextReference(), lineno=node.lineno))
        super().visit_For(node, frame)

    def visit_ContextReference(self, node: nodes.ContextReference, frame: Frame) -> None:  # noqa: ARG002, D102, N802
        self.write("context.step()")

    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:  # noqa: D102, N802
        name = node.attr
        if name in _LOOP_VALUES and isinstance(node.node, nodes.Name) and node.node.name == "loop":
            value = self.temporary_identifier()
            self.write(f"({value}.{name} if type({value} := ")
            self.visit(node.node, frame)
            self.write(f") is LoopContext else environment.getattr({value}, {name!r}))")
        elif name not in _DICT_NAMES:
            self._look_up_key(node.node, frame, name, "getattr")
        else:
            super().visit_Getattr(node, frame)

    def visit_Getitem(self, node: nodes.Getitem, frame: Frame) -> None:  # noqa: D102, N802
        if isinstance(node.arg, nodes.Const) and type(node.arg.value) is str:
            self._look_up_key(node.node, frame, node.arg.value, "getitem")
        else:
            super().visit_Getitem(node, frame)

    def _look_up_key(self, owner: nodes.Expr, frame: Frame, key: str, otherwise: str) -> None:
        value = self.temporary_identifier()
        self.write(f"({value}[{key!r}] if type({value} := ")
        self.visit(owner, frame)
        self.write(
            f") is dict and {key!r} in {value} else environment.{otherwise}({value}, {key!r}))"
        )

    def visit_Test(self, node: nodes.Test, frame: Frame) -> None:  # noqa: D102, N802
        kind = _KINDS.get(node.name)
        if kind is None or node.args or node.kwargs or node.dyn_args or node.dyn_kwargs:
            super().visit_Test(node, frame)
            return
        if isinstance(node.node, nodes.Name) and node.name == "defined":
            value = frame.symbols.ref(node.node.name)
            # Saves making an Undefined only to see that it is one.
            self.write(f"({value} is not missing and not isinstance({value}, Undefined))")
            return
        self.write("(not isinstance(" if node.name == "defined" else "(isinstance(")
        self.visit(node.node, frame)
        self.write(f", {kind}))")

    def visit_Call(  # noqa: D102, N802
        self, node: nodes.Call, frame: Frame, forward_caller: bool = False
    ) -> None:
        method = node.node
        plain = not (node.kwargs or node.dyn_args or node.dyn_kwargs or forward_caller)
        # The arguments are written twice, so they must be short.
        short = all(isinstance(arg, (nodes.Const, nodes.Name)) for arg in node.args)
        if isinstance(method, nodes.Getattr) and method.attr in _TEXT_METHODS and plain and short:
            value = self.temporary_identifier()
            self.write(f"({value}.{method.attr}(")
            for arg in node.args:
                self.visit(arg, frame)
                self.write(", ")
            self.write(f") if type({value} := ")
            self.visit(method.node, frame)
            function = f"environment.getattr({value}, {method.attr!r})"
            self.write(f") is str else environment.call(context, {function}")
            self.signature(node, frame)
            self.write("))")
            return
        # Jinja would hand over the loop's variables too, for functions that want the whole context.
        # Nothing a chat template can call does.
        self.write("environment.call(context, ")
        self.visit(method, frame)
        self.signature(node, frame, {"caller": "caller"} if forward_caller else None)
        self.write(")")

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:  # noqa: D102, N802
        if frame.eval_ctx.volatile or frame.eval_ctx.autoescape:
            super().visit_Concat(node, frame)
            return
        self.write("concat((")
        for part in node.nodes:
            self.write("str(")
            self.visit(part, frame)
            self.write("), ")
        self.write("))")

    def visit_Add(self, node: nodes.Add, frame: Frame) -> None:  # noqa: D102, N802
        terms = list(_terms(node))
        # One unknown term and constants cannot double a text, however often it is done.
        grows = sum(not isinstance(term, nodes.Const) for term in terms) > 1
        self.write("environment.bounded(" if grows else "(")
        for position, term in enumerate(terms):
            if position:
                self.write(" + ")
            self.visit(term, frame)
        self.write(")")


def _terms(node: nodes.Expr) -> Iterator[nodes.Expr]:
    """The terms of `a + b + c`, in order."""
    if isinstance(node, nodes.Add):
        yield from _terms(node.left)
        yield node.right
    else:
        yield node


class Engine(ImmutableSandboxedEnvironment):
    """The environment of one template."""

    code_generator_class = PacedCode
    context_class = PacedContext
    intercepted_binops = frozenset({"*", "**"})
    concat = staticmethod(marked.concat)
    opening = marked.OPENING
    closing = marked.CLOSING

    def __init__(self, clock: Callable[[str], str]) -> None:
        super().__init__(
            trim_blocks=True, lstrip_blocks=True, extensions=[Generation, loopcontrols]
        )
        self.filters["tojson"] = _tojson
        for name in _COUNTING:
            self.filters[name] = _counted(self.filters[name])
        self.globals |= {
            "raise_exception": _raise_exception,
            "strftime_now": clock,
            "dict": TemplateDict(),
            "namespace": TemplateNamespace,
        }

    def template(self, source: str) -> Template:
        """A template of this environment; raises what Jinja raises where it does not compile."""
        return self.template_class.from_code(self, _compiled(source), self.make_globals(None))

    def getattr(self, obj: Any, attribute: str) -> Any:
        """`obj.attribute`; the kinds templates are full of are answered as the sandbox would."""
        kind = type(obj)  # pyright: ignore[reportUnknownVariableType]
        if kind is dict:
            if attribute not in _DICT_NAMES:
                try:
                    return obj[attribute]
                except KeyError:
                    return self.undefined(obj=obj, name=attribute)
        elif kind is TemplateNamespace and not attribute.startswith("_"):
            try:
                return object.__getattribute__(obj, _ATTRIBUTES)[attribute]
            except KeyError:
                return self.undefined(obj=obj, name=attribute)
        elif kind is str:
            if attribute in _TEXT_METHODS:
                return getattr(obj, attribute)
        elif kind is LoopContext and attribute in _LOOP_VALUES:
            return getattr(obj, attribute)
        value = super().getattr(obj, attribute)
        return _counted(value) if attribute in _PADDING and isinstance(obj, str) else value

    def call(self, context: PacedContext, obj: Any, /, *args: Any, **kwargs: Any) -> Any:
        """`obj(…)`, as a step; macros, namespaces and methods of texts need no questions."""
        context.step()
        kind = type(obj)  # pyright: ignore[reportUnknownVariableType]
        if kind is Macro:
            special = kwargs or obj.caller or obj.catch_kwargs or obj.catch_varargs
            if special or len(args) != len(obj.arguments) or context.eval_ctx.autoescape:
                return obj(context.eval_ctx, *args, **kwargs)
            return obj._func(*args)
        if obj is TemplateNamespace or (kind is BuiltinMethodType and type(obj.__self__) is str):
            return obj(*args, **kwargs)
        return super().call(context, obj, *args, **kwargs)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """`left * right` or `left ** right`; raises TooLongError instead of making something enormous."""
        if _size(operator, left, right) > marked.LONGEST:
            raise marked.TooLongError
        return super().call_binop(context, operator, left, right)

    @staticmethod
    def bounded(total: Any) -> Any:
        """A sum; raises TooLongError where it is too long a text or list."""
        if _is_sequence(total) and len(total) > marked.LONGEST:
            raise marked.TooLongError
        return total


@lru_cache(maxsize=64)
def _compiled(source: str) -> CodeType:
    """A template's code, which is the same in every environment: only their clocks differ."""
    return Engine(str).compile(source)


def _size(operator: str, left: Any, right: Any) -> int:
    """Characters, items or bits of the result; 0 where it is small or not defined."""
    if isinstance(left, int) and isinstance(right, int):
        bits = left.bit_length()
        return bits * right if operator == "**" else bits + right.bit_length()
    for many, times in ((left, right), (right, left)):
        if _is_sequence(many) and isinstance(times, int):
            return len(many) * times
    return 0


def _is_sequence(value: Any) -> TypeGuard[Sequence[Any]]:
    return isinstance(value, (str, list, tuple))


def _counted(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, refusing counts and widths that would make too long a text."""

    @wraps(function)
    def counted(*args: Any, **kwargs: Any) -> Any:
        if any(isinstance(arg, int) and arg > marked.LONGEST for arg in (*args, *kwargs.values())):
            raise marked.TooLongError
        return function(*args, **kwargs)

    return counted


def _tojson(
    x: Any,
    ensure_ascii: bool = False,
    indent: int | str | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,
) -> str:
    """JSON as Python writes it; Jinja's own filter would escape HTML."""
    return json.dumps(
        x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys
    )


def _raise_exception(message: Any) -> NoReturn:
    raise TemplateError(message)


class TemplateDict:
    """`dict` without the class: calls and `fromkeys`, no way to its innards."""

    def __call__(self, *args: Any, **kwargs: Any) -> dict[Any, Any]:
        """`dict(…)`."""
        return dict(*args, **kwargs)

    def fromkeys(self, *args: Any, **kwargs: Any) -> dict[Any, Any]:
        """`dict.fromkeys`."""
        return dict.fromkeys(*args, **kwargs)


class TemplateNamespace(Namespace):
    """`namespace` that refuses names beginning with an underscore."""

    def __init__(*args: Any, **kwargs: Any) -> None:
        # No named `self`, as in Jinja: `namespace(self=…)` is allowed.
        attributes = dict(*args[1:], **kwargs)
        for name in attributes:
            if str(name)[:1] == "_":
                raise _underscored(name)
        Namespace.__init__(args[0], attributes)

    def __setitem__(self, name: str, value: Any) -> None:
        if name[:1] == "_":
            raise _underscored(name)
        object.__getattribute__(self, _ATTRIBUTES)[name] = value


def _underscored(name: str) -> SecurityError:
    return SecurityError(f"a namespace cannot hold {name!r}: the name begins with an underscore")
