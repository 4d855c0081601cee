"""The merge rules that each type of field may have, as docs/reference/forms.md lists them."""

from schemas import FieldType, MergeRule

ANY: tuple[MergeRule, ...] = ("changed", "ask", "fixed")
RULES: dict[FieldType, tuple[MergeRule, ...]] = {
    "text": (*ANY, "text", "append"),
    "long_text": (*ANY, "text", "append"),
    "integer": (*ANY, "highest"),
    "decimal": (*ANY, "highest"),
    "ordered_choice": (*ANY, "highest"),
    "select_many": (*ANY, "union"),
    "form_codes": (*ANY, "union"),
    "rows": ("rows",),
}


def rules_of(kind: FieldType) -> tuple[MergeRule, ...]:
    return RULES.get(kind, ANY)
