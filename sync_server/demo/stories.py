"""What caseworkers of the demo write in free text, in English and in Arabic."""

from __future__ import annotations

from typing import Literal

Language = Literal["en", "ar"]

REGISTRATION_NOTES: dict[Language, tuple[str, ...]] = {
    "en": (
        "Arrived with neighbours after the family was displaced; the mother is being looked for.",
        "Lives with an aunt who also cares for four children of her own.",
        "Came to the child-friendly space alone and asks for help to reach an uncle.",
        "The family has no documents; the birth was never registered.",
        "Works at the market in the mornings and would like to go back to school.",
        "Does not sleep well since the journey and stays close to the older sister.",
    ),
    "ar": (
        "وصل مع الجيران بعد نزوح الأسرة، والبحث عن الأم جارٍ.",
        "يعيش مع خالته التي ترعى أربعة أطفال آخرين.",
        "حضر وحده إلى المساحة الصديقة للطفل ويطلب المساعدة للوصول إلى عمه.",
        "لا توجد لدى الأسرة أي وثائق، ولم تُسجَّل الولادة.",
        "يعمل في السوق صباحًا ويرغب في العودة إلى المدرسة.",
        "لا ينام جيدًا منذ الرحلة ويبقى قريبًا من أخته الكبرى.",
    ),
}
SUMMARIES: dict[Language, tuple[str, ...]] = {
    "en": (
        "The caregiver is attentive, but food and bedding are short.",
        "Contact with the parents was lost; a last telephone number is known.",
        "The child feels safe at the place, less so on the way to it.",
        "School is within reach once fees and a uniform are found.",
    ),
    "ar": (
        "مقدمة الرعاية مهتمة، لكن الغذاء والفراش لا يكفيان.",
        "انقطع الاتصال بالوالدين، ويُعرف آخر رقم هاتف لهما.",
        "يشعر الطفل بالأمان في المكان، وبدرجة أقل في الطريق إليه.",
        "يمكن الالتحاق بالمدرسة إذا توفرت الرسوم والزي المدرسي.",
    ),
}
ACTIONS: dict[Language, tuple[str, ...]] = {
    "en": (
        "Visit weekly; begin tracing; support the caregiver with basic items.",
        "Refer for psychosocial support and follow up in two weeks.",
        "Help the family to apply for a late registration of birth.",
    ),
    "ar": (
        "زيارة أسبوعية، وبدء البحث عن الأسرة، ودعم مقدمة الرعاية بالاحتياجات الأساسية.",
        "الإحالة إلى الدعم النفسي الاجتماعي والمتابعة بعد أسبوعين.",
        "مساعدة الأسرة في طلب تسجيل متأخر للولادة.",
    ),
}
SITUATIONS: dict[Language, tuple[str, ...]] = {
    "en": (
        "Met at home; is calmer and plays with the neighbours' children.",
        "Goes to lessons three days a week. The uncle has answered the first call.",
        "Was not at home; the caregiver says that the cough is better.",
        "The family moved to another block; the new place is drier.",
    ),
    "ar": (
        "التقيناه في المنزل، وهو أهدأ ويلعب مع أطفال الجيران.",
        "يحضر الدروس ثلاثة أيام في الأسبوع، وردّ العم على أول اتصال.",
        "لم يكن في المنزل، وتقول مقدمة الرعاية إن السعال تحسّن.",
        "انتقلت الأسرة إلى مربع آخر، والمكان الجديد أقل رطوبة.",
    ),
}
PLACES: dict[Language, tuple[str, ...]] = {
    "en": ("Block 4, near the water point", "Behind the primary school", "Third row, house 12"),
    "ar": ("مربع ٤، قرب نقطة المياه", "خلف المدرسة الابتدائية", "الصف الثالث، منزل ١٢"),
}
