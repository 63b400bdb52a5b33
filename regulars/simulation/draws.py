"""Every random number of the simulation, as a function of what it is for and whom and when it concerns.

A draw is a hash, not the next number of a stream: the same person draws the same number on the same day
whatever was drawn before, so two policies are compared on common random numbers and any chunking gives the
same bytes. The hash is the finaliser of SplitMix64 over a Weyl sequence (Steele, Lea and Flood 2014, "Fast
splittable pseudorandom number generators", OOPSLA).

Attributes of people with a distribution that has no simple inverse come from one Philox stream per attribute;
a longer stream begins with the shorter one, so person i is the same in a world of any size.
"""

import hashlib
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Ints = NDArray[np.integer[Any]]
Bools = NDArray[np.bool_]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_WORD = 2**64
_ROUNDS = 6


def mixed(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finaliser of SplitMix64, in place: every bit of the result depends on every bit of the word."""
    words ^= words >> np.uint64(30)
    words *= _FIRST
    words ^= words >> np.uint64(27)
    words *= _SECOND
    words ^= words >> np.uint64(31)
    return words


@cache
def _key(seed: int, purpose: str) -> int:
    digest = hashlib.blake2b(f"{seed}\0{purpose}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little")


def bits(seed: int, purpose: str, person: Ints, day: int = 0, n: int = 0) -> NDArray[np.uint64]:
    """64 random bits for each person, on a day, for a purpose; `n` numbers further draws of one purpose."""
    place = np.array([(_key(seed, purpose) + day * 0xD1342543DE82EF95 + n * 0xDA942042E4DD58B5) % _WORD])
    start = mixed(place.astype(np.uint64))[0]
    return mixed(person.astype(np.uint64) * _GOLDEN + start)


def uniform(seed: int, purpose: str, person: Ints, day: int = 0, n: int = 0) -> NDArray[np.float64]:
    """One number in [0, 1) for each person; see `bits` for the arguments."""
    words = bits(seed, purpose, person, day, n) >> np.uint64(11)
    return words.astype(np.float64) * (1.0 / (1 << 53))


def normal(seed: int, purpose: str, person: Ints, day: int = 0) -> NDArray[np.float64]:
    """One standard normal number for each person (Box and Muller 1958)."""
    radius = np.sqrt(-2.0 * np.log1p(-uniform(seed, purpose, person, day, 0)))
    return radius * np.cos(2.0 * np.pi * uniform(seed, purpose, person, day, 1))


def exponential(seed: int, purpose: str, person: Ints, day: int = 0, n: int = 0) -> NDArray[np.float64]:
    """One exponential number of mean 1 for each person."""
    return -np.log1p(-uniform(seed, purpose, person, day, n))


def erlang(seed: int, purpose: str, person: Ints, day: int = 0, *, shape: int) -> NDArray[np.float64]:
    """One gamma number of a whole `shape` and scale 1 for each person."""
    total = np.zeros(len(person))
    for n in range(shape):
        total += exponential(seed, purpose, person, day, n)
    return total


def permuted(seed: int, purpose: str, number: Ints, *, size: int) -> NDArray[np.int64]:
    """Every number below `size` as another one below it, no two as the same; neighbours are no neighbours.

    Rounds of multiplying and shifting over the next power of two, which can each be undone; whatever leaves
    the domain walks on until it is back (Black and Rogaway 2002, "Ciphers with arbitrary finite domains").
    """
    width = (size - 1).bit_length()
    keys = bits(seed, purpose, np.arange(2 * _ROUNDS)).reshape(_ROUNDS, 2)
    words = _scrambled(number.astype(np.uint64), keys, width)
    while (outside := np.flatnonzero(words >= size)).size:
        words[outside] = _scrambled(words[outside], keys, width)
    return words.astype(np.int64)


def _scrambled(words: NDArray[np.uint64], keys: NDArray[np.uint64], width: int) -> NDArray[np.uint64]:
    """Another word of `width` bits for each, by rounds that can each be undone."""
    mask, shift = np.uint64((1 << width) - 1), np.uint64((width + 1) // 2)
    for factor, addend in keys:
        words = (words * (factor | np.uint64(1)) + addend) & mask
        words ^= words >> shift
    return words


def gamma_stream(seed: int, attribute: str, count: int, *, shape: float) -> NDArray[np.float64]:
    """`count` gamma numbers of scale 1; the first ones do not depend on `count`."""
    generator = np.random.Generator(np.random.Philox(key=_key(seed, attribute)))
    return generator.standard_gamma(shape, count)


def exp(exponent: Floats) -> NDArray[np.float64]:
    """The exponential in double precision, whatever that of the exponent is.

    In single precision its last bit is another one on another processor; in double precision too, but there
    nothing that is rounded to a single afterwards, or compared with a draw, hears of it.
    """
    return np.exp(exponent.astype(np.float64))


def choice(draw: Floats, weights: Floats) -> NDArray[np.int64]:
    """The index that each draw in [0, 1) picks when indexes have these weights."""
    edges = np.cumsum(weights) / np.sum(weights)
    return np.searchsorted(edges[:-1], draw, side="right")


def geometric(draw: Floats, mean: float | Floats) -> NDArray[np.int64]:
    """A count of 0, 1, 2, ... with the given mean, by inverse transform of each draw in [0, 1)."""
    ratio = np.asarray(mean) / (1.0 + np.asarray(mean))
    return np.floor(np.log1p(-draw) / np.log(ratio)).astype(np.int64)
