"""RSA keys that follow from a text: for copies that must be equal to the byte.

Such a key protects nothing: whoever knows the text knows the key. It signs
histories on disk, so that equal options give equal files; the lab's own keys,
which its ListPublicKeys serves, are random.
"""

import hashlib
import math
from collections.abc import Iterator

from cryptography.hazmat.primitives.asymmetric import rsa

_EXPONENT = 65537
_BITS = 1024
_ROUNDS = 4
"""For random numbers of this size it errs less than once in 2^100 (FIPS 186-5, table B.1)."""


def _product(most: int) -> int:
    """Return the product of the odd primes below a number."""
    sieve = bytearray(b"\1") * most
    for n in range(3, math.isqrt(most) + 1, 2):
        sieve[n * n :: n] = bytes(len(range(n * n, most, n)))
    return math.prod(n for n in range(3, most, 2) if sieve[n])


_SMALL, _LARGE = _product(1_000), _product(100_000)
"""Most candidates share a factor with these, which is found sooner than by a power."""


def private_key(text: str) -> rsa.RSAPrivateKey:
    """Return the RSA-2048 key of a text, always the same."""
    numbers = _primes(text)
    p, q = next(numbers), next(numbers)
    phi = (p - 1) * (q - 1)
    d = pow(_EXPONENT, -1, phi)
    return rsa.RSAPrivateNumbers(
        p, q, d, rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q),
        rsa.RSAPublicNumbers(_EXPONENT, p * q),
    ).private_key()  # fmt: skip


def _primes(text: str) -> Iterator[int]:
    """Yield primes of 1024 bits whose product has 2048."""
    for seed in _numbers(text):
        # The two highest bits are set, so that no product falls short.
        candidate = seed | 3 << (_BITS - 2) | 1
        if candidate % _EXPONENT != 1 and _is_prime(candidate):
            yield candidate


def _numbers(text: str) -> Iterator[int]:
    count = 0
    while True:
        stream = hashlib.shake_256(f"{text}/{count}".encode()).digest(_BITS // 8)
        yield int.from_bytes(stream, "big")
        count += 1


def _is_prime(number: int) -> bool:
    """Miller-Rabin; the bases are fixed, for nobody chooses the number to deceive us."""
    if math.gcd(number, _SMALL) > 1 or math.gcd(number, _LARGE) > 1:
        return False
    odd, twos = number - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    return all(_passes(number, odd, twos, base) for base in range(2, 2 + _ROUNDS))


def _passes(number: int, odd: int, twos: int, base: int) -> bool:
    power = pow(base, odd, number)
    if power in (1, number - 1):
        return True
    for _ in range(twos - 1):
        power = power * power % number
        if power == number - 1:
            return True
    return False
