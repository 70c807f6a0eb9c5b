"""Many bytes looked at in one instruction, within compiled loops.

Each function here says how to write itself in LLVM's language, for which every processor has its own words:
one instruction for 64 bytes, two for 32 each, or more.
"""

# llvmlite and numba's extensions have no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, cast

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numpy.typing import NDArray

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


look = cast("Callable[[NDArray[np.uint8], int], tuple[np.uint64, np.uint64]]", _look)
"""Of the 64 bytes at a place, a bit each: which are ASCII white space, which are beyond ASCII."""
eight = cast("Callable[[NDArray[np.uint8], int], np.uint64]", _eight)
"""The eight bytes at a place as one number, the first one lowest."""
lowest = cast("Callable[[np.uint64], int]", _lowest)
"""The place of the lowest bit that is set; there must be one."""
