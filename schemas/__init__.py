"""What a form asks and what an answer may be.

Pure: values in, values out; no clock, randomness, network or database. The only files read are the
forms and areas that ship inside this package. Imports nothing of the other packages.
"""

from schemas.absent_options import absent_options
from schemas.areas import Area, areas
from schemas.case_number import case_number, is_case_number
from schemas.conditions import fields_of_rule
from schemas.definition import (
    LANGUAGES,
    Cardinality,
    Field,
    FieldType,
    Form,
    Language,
    MergeRule,
    Option,
    Sensitivity,
)
from schemas.definition_json import InvalidDefinition, form_from_json, form_to_json
from schemas.differences import Change, changes
from schemas.languages import machine_translations, missing_translations
from schemas.library import library_forms
from schemas.problem import Problem
from schemas.upgrades import first_names, upgraded
from schemas.validation import problems
from schemas.wording import wording_of

__all__ = [
    "LANGUAGES",
    "Area",
    "Cardinality",
    "Change",
    "Field",
    "FieldType",
    "Form",
    "InvalidDefinition",
    "Language",
    "MergeRule",
    "Option",
    "Problem",
    "Sensitivity",
    "absent_options",
    "areas",
    "case_number",
    "changes",
    "fields_of_rule",
    "first_names",
    "form_from_json",
    "form_to_json",
    "is_case_number",
    "library_forms",
    "machine_translations",
    "missing_translations",
    "problems",
    "upgraded",
    "wording_of",
]
