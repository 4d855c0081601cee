"""Invented services, for the open database: what a programme may keep beside its cases."""

from __future__ import annotations

from typing import Any

PLACES: tuple[dict[str, Any], ...] = (
    {
        "_id": "service:acacia-health-post",
        "name": {"en": "Acacia health post", "ar": "مركز الأكاسيا الصحي"},
        "area": "SD01",
        "offers": ["first_aid", "vaccination"],
    },
    {
        "_id": "service:green-valley-school",
        "name": {"en": "Green Valley learning centre", "ar": "مركز الوادي الأخضر للتعليم"},
        "area": "SD12",
        "offers": ["accelerated_learning"],
    },
    {
        "_id": "service:nile-family-tracing",
        "name": {"en": "Nile family tracing desk", "ar": "مكتب النيل للبحث عن الأسر"},
        "area": "SD01",
        "offers": ["family_tracing"],
    },
)
