"""Case numbers: made offline, unique without a server, read out over a bad line.

`SD-7K3M-9QXR-4TWC`: the country, eleven random characters, one check character. Of characters that
handwriting confuses (0 O, 1 I L, 2 Z, 5 S, 8 B) one or none is used; no vowel is, so that no number
spells a word.
"""

import re
from itertools import count

ALPHABET = "23456789CDFGHJKMNPQRTVWXY"

_CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*"
_LENGTH = 11
_COUNTRY = re.compile(r"[A-Z]{2}")
_WRITTEN = re.compile(rf"[A-Z]{{2}}(?:-[{ALPHABET}]{{4}}){{3}}")


def case_number(programme: str, entropy: bytes) -> str:
    """The case number that the random bytes give in a programme: more than 50 bits of them count.

    `programme` is the country's two capital letters (ISO 3166-1), `entropy` at least 8 bytes from
    a cryptographic source. The same arguments give the same number.

    Raises:
        ValueError: the programme isn't two capital letters, or there are fewer than 8 bytes.
    """
    if not _COUNTRY.fullmatch(programme):
        raise ValueError("a programme's prefix is two capital letters")
    if len(entropy) < 8:
        raise ValueError("a case number takes at least 8 random bytes")
    # A check character outside the alphabet can't be said on the phone: then the next number is
    # taken. Of any 25 that share their first ten characters at most 12 are passed over.
    for number in count(int.from_bytes(entropy, "big")):
        body = programme + _random_characters(number)
        check = _check_character(body)
        if check in ALPHABET:
            break
    whole = body + check
    return "-".join((whole[:2], whole[2:6], whole[6:10], whole[10:]))


def is_case_number(text: str) -> bool:
    """Whether the text is a case number exactly as `case_number` writes it.

    False for every single wrong character and every swap of two different neighbours.
    """
    if not _WRITTEN.fullmatch(text):
        return False
    characters = text.replace("-", "")
    return _check_character(characters[:-1]) == characters[-1]


def _random_characters(number: int) -> str:
    """The last eleven digits of the number in base 25."""
    characters = ""
    for _ in range(_LENGTH):
        number, digit = divmod(number, len(ALPHABET))
        characters = ALPHABET[digit] + characters
    return characters


def _check_character(text: str) -> str:
    """One of 0-9, A-Z and *; it makes the weighted sum of the whole 1 modulo 37.

    Source: ISO/IEC 7064, system MOD 37-2, whose prime modulus finds every single substitution and
    every transposition of neighbours.
    """
    total = 0
    for character in text:
        total = (total + _CHARACTERS.index(character)) * 2 % 37
    return _CHARACTERS[(1 - total) % 37]
