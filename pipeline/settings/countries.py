"""Countries whose public holidays are known, as the library of holidays has them.

Written out, so that no command has to import that library to read its configuration; a test compares the two.
"""

from __future__ import annotations

_SECOND_LETTERS = {
    "A": "DEFGILMOQRSTUWXZ",
    "B": "ABDEFGHIJLMNOQRSTVWYZ",
    "C": "ACDFGHIKLMNORUVWXYZ",
    "D": "EJKMOZ",
    "E": "CEGHRST",
    "F": "IJKMOR",
    "G": "ABDEFGHILMNPQRSTUWY",
    "H": "KMNRTU",
    "I": "DELMNOQRST",
    "J": "EMOP",
    "K": "EGHIMNPRWYZ",
    "L": "ABCIKRSTUVY",
    "M": "ACDEFGHKLMNOPQRSTUVWXYZ",
    "N": "ACEFGILOPRUZ",
    "O": "M",
    "P": "AEFGHKLMNRSTWY",
    "Q": "A",
    "R": "EOSUW",
    "S": "ABCDEGHIJKLMNORSTVXYZ",
    "T": "CDFGHJKLMNORTVWZ",
    "U": "AGKMSYZ",
    "V": "ACEGINU",
    "W": "FS",
    "X": "K",
    "Y": "ET",
    "Z": "AMW",
}
COUNTRIES = tuple(first + second for first, seconds in _SECOND_LETTERS.items() for second in seconds)
"""ISO 3166 codes of two letters."""
