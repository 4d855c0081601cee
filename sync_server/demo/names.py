"""Invented names: common given names of Sudan, each in Latin and in Arabic letters, put together
by chance.
"""

from __future__ import annotations

from random import Random
from typing import NamedTuple


class Name(NamedTuple):
    """A name in both scripts."""

    latin: str
    arabic: str


GIRLS = (
    Name("Amal", "أمل"),
    Name("Asma", "أسماء"),
    Name("Ebtisam", "ابتسام"),
    Name("Fatima", "فاطمة"),
    Name("Hajir", "هاجر"),
    Name("Halima", "حليمة"),
    Name("Hanan", "حنان"),
    Name("Iman", "إيمان"),
    Name("Khadija", "خديجة"),
    Name("Mariam", "مريم"),
    Name("Nafisa", "نفيسة"),
    Name("Nahid", "ناهد"),
    Name("Rania", "رانيا"),
    Name("Rihab", "رحاب"),
    Name("Safa", "صفاء"),
    Name("Samia", "سامية"),
    Name("Sara", "سارة"),
    Name("Tahani", "تهاني"),
    Name("Wijdan", "وجدان"),
    Name("Zeinab", "زينب"),
)
BOYS = (
    Name("Abdelrahman", "عبد الرحمن"),
    Name("Adam", "آدم"),
    Name("Ahmed", "أحمد"),
    Name("Ali", "علي"),
    Name("Babiker", "بابكر"),
    Name("Elsadig", "الصادق"),
    Name("Eltayeb", "الطيب"),
    Name("Hamid", "حامد"),
    Name("Hassan", "حسن"),
    Name("Ibrahim", "إبراهيم"),
    Name("Idris", "إدريس"),
    Name("Ismail", "إسماعيل"),
    Name("Khalid", "خالد"),
    Name("Mohamed", "محمد"),
    Name("Mubarak", "مبارك"),
    Name("Mustafa", "مصطفى"),
    Name("Omer", "عمر"),
    Name("Osman", "عثمان"),
    Name("Salih", "صالح"),
    Name("Yousif", "يوسف"),
)


def full_name(random: Random, given: Name, father: Name) -> Name:
    """A child's full name: their own, their father's and their grandfather's."""
    grandfather = random.choice(BOYS)
    return Name(
        f"{given.latin} {father.latin} {grandfather.latin}",
        f"{given.arabic} {father.arabic} {grandfather.arabic}",
    )
