"""Many bytes looked at in one instruction, within compiled loops.

Each function here says how to write itself in LLVM's language, for which every processor has its own words:
one instruction for 64 bytes, two for 32 each, or more.
"""

# llvmlite and numba's extensions have no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from llvmlite import binding, ir
from numba import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from curate.compiling import compiled

A = TypeVar("A", bound=NDArray[Any])

SPAN = 64
"""Bytes looked at together: what one bit each of a word can tell."""

_BITS = cast("Any", types).uint64
_PLACE = cast("Any", types).intp


def _load(context: Any, builder: Any, signature: Any, arguments: Any, held: Any) -> Any:
    """What stands at a place of an array of bytes, wherever that is."""
    array = context.make_array(signature.args[0])(context, builder, arguments[0])
    place = builder.gep(array.data, [arguments[1]])
    return builder.load(builder.bitcast(place, held.as_pointer()), align=1)


@intrinsic
def _look(typing: Any, data: Any, at: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        vector = ir.VectorType(ir.IntType(8), SPAN)

        def all_of(value: int) -> Any:
            return ir.Constant(vector, [value] * SPAN)

        held = _load(context, builder, signature, arguments, vector)
        blank = builder.icmp_unsigned("==", held, all_of(0x20))
        for first, count in ((0x09, 5), (0x1C, 4)):
            past = builder.sub(held, all_of(first))
            blank = builder.or_(blank, builder.icmp_unsigned("<", past, all_of(count)))
        beyond = builder.icmp_signed("<", held, all_of(0))
        told = [builder.bitcast(mask, ir.IntType(64)) for mask in (blank, beyond)]
        return context.make_tuple(builder, signature.return_type, told)

    del typing, at
    return cast("Any", types).UniTuple(_BITS, 2)(data, _PLACE), generate


@intrinsic
def _sorts(typing: Any, data: Any, at: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        vector = ir.VectorType(ir.IntType(8), SPAN)

        def all_of(value: int) -> Any:
            return ir.Constant(vector, [value] * SPAN)

        held = _load(context, builder, signature, arguments, vector)
        lowered = builder.or_(held, all_of(0x20))
        letters = builder.icmp_unsigned("<", builder.sub(lowered, all_of(0x61)), all_of(26))
        digits = builder.icmp_unsigned("<", builder.sub(held, all_of(0x30)), all_of(10))
        beyond = builder.icmp_signed("<", held, all_of(0))

        def one(byte: int) -> Any:
            return builder.icmp_unsigned("==", held, all_of(byte))

        odd = builder.or_(beyond, one(0x5C))
        masks = letters, digits, odd, one(0x2C), one(0x2E), builder.or_(one(0x7B), one(0x5C))
        told = [builder.bitcast(mask, ir.IntType(64)) for mask in masks]
        return context.make_tuple(builder, signature.return_type, told)

    del typing, at
    return cast("Any", types).UniTuple(_BITS, 6)(data, _PLACE), generate


@intrinsic
def _eight(typing: Any, data: Any, at: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        held = _load(context, builder, signature, arguments, ir.IntType(64))
        return held if sys.byteorder == "little" else builder.bswap(held)

    del typing, at
    return _BITS(data, _PLACE), generate


@intrinsic
def _lowest(typing: Any, bits: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        del context, signature
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    del typing
    return cast("Any", types).int64(bits), generate


@intrinsic
def _population(typing: Any, bits: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        del context, signature
        return builder.ctpop(arguments[0])

    del typing
    return _BITS(bits), generate


@intrinsic
def _compress_places(typing: Any, bits: Any, first: Any, places: Any, at: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        bits, first, _, at = arguments
        byte, word, some = ir.IntType(8), ir.IntType(32), 16
        vector = ir.VectorType(byte, SPAN)
        mask = ir.VectorType(ir.IntType(1), SPAN)
        kind = ir.FunctionType(vector, [vector, mask, vector])
        name = f"llvm.experimental.vector.compress.v{SPAN}i8"
        compress = builder.module.declare_intrinsic(name, fnty=kind)
        numbers = ir.Constant(vector, list(range(SPAN)))
        packed = builder.call(compress, [numbers, builder.bitcast(bits, mask), numbers])
        total = builder.ctpop(bits)
        array = context.make_array(signature.args[2])(context, builder, arguments[2])
        wide = ir.VectorType(word, some)
        unknown = ir.Constant(wide, cast("Any", ir).Undefined)
        start = builder.insert_element(unknown, first, ir.Constant(word, 0))
        spread = ir.Constant(ir.VectorType(word, some), [0] * some)
        start = builder.shuffle_vector(start, unknown, spread)

        def write(turn: int) -> None:
            chosen = ir.Constant(
                ir.VectorType(word, some), list(range(turn * some, (turn + 1) * some))
            )
            told = builder.shuffle_vector(packed, packed, chosen)
            told = builder.add(builder.zext(told, wide), start)
            place = builder.add(at, ir.Constant(at.type, turn * some))
            target = builder.gep(array.data, [place])
            builder.store(told, builder.bitcast(target, wide.as_pointer()), align=4)

        write(0)
        more = builder.icmp_unsigned(">", total, ir.Constant(total.type, some))
        with builder.if_then(more, likely=False):
            for turn in range(1, SPAN // some):
                write(turn)
        return total

    del typing
    return _BITS(bits, first, places, at), generate


@intrinsic
def _unowned(typing: Any, array: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        seen = context.make_array(signature.return_type)(context, builder, arguments[0])
        for owner in ("meminfo", "parent"):
            setattr(seen, owner, ir.Constant(getattr(seen, owner).type, None))
        return seen._getvalue()

    del typing
    return array(array), generate


look = cast("Callable[[NDArray[np.uint8], int], tuple[np.uint64, np.uint64]]", _look)
"""Of the 64 bytes at a place, a bit each: which are ASCII white space, which are beyond ASCII."""
sorts = cast("Callable[[NDArray[np.uint8], int], tuple[np.uint64, ...]]", _sorts)
"""Of the 64 bytes at a place, a bit each: which are ASCII letters, digits, a backslash or beyond ASCII, `,`, `.`,
`{` or a backslash."""
eight = cast("Callable[[NDArray[np.uint8], int], np.uint64]", _eight)
"""The eight bytes at a place as one number, the first one lowest."""
lowest = cast("Callable[[np.uint64], int]", _lowest)
"""The place of the lowest bit that is set; anything where there is none."""

population = cast("Callable[[np.uint64], np.uint64]", _population)
"""How many bits are set."""

_lent = cast("Callable[[Any], Any]", _unowned)


@compiled
def unowned(array: A) -> A:
    """The same array without a count of its uses, which takes longer than most of what a loop does with a word.

    For arrays only that the caller of the outermost loop holds.
    """
    return _lent(array)


_Writer = Callable[[np.uint64, np.uint32, NDArray[np.uint32], np.uint64], np.uint64]
_ONE = np.uint64(1)
_SOME = np.uint64(16)


@compiled
def list_places(
    bits: np.uint64, first: np.uint32, places: NDArray[np.uint32], at: np.uint64
) -> np.uint64:
    """Write the places of the bits that are set, plus `first`, to an array from `at` on; says how many.

    Up to 64 values there are written over: sixteen always, so that no processor has to foresee how many.
    """
    total = population(bits)
    for turn in range(_SOME):
        places[at + turn] = first + np.uint32(lowest(bits))
        bits &= bits - _ONE
    for turn in range(_SOME, total):
        places[at + turn] = first + np.uint32(lowest(bits))
        bits &= bits - _ONE
    return total


compress_places = cast("_Writer", _compress_places)
"""The same in few instructions, on processors that can push bytes together."""


CAN_SAY = cast("tuple[int, ...]", binding.llvm_version_info) >= (20,)
"""Whether this LLVM has words for it."""


def _can_compress() -> bool:
    try:
        features = cast("dict[str, bool]", binding.get_host_cpu_features())
    except RuntimeError:  # LLVM cannot tell
        return False
    return CAN_SAY and features.get("avx512vbmi2", False)


write_places: _Writer = compress_places if _can_compress() else list_places
"""Whichever of the two is the quicker here."""
