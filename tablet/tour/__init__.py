"""The tour of a running demo: stock tablets play a story, and each step of it is checked.

It knows the server by its public interfaces only.

findings        what was checked, and what of it was not so
cast            whose tablets take part
field_tablet    a person's tablet: documents with the envelope of a case database
web             single requests, beside the tablets
registering, planning, merging, referring, refusing, reference    the chapters
tour            the chapters in their order
"""

from tablet.tour.tour import run_tour

__all__ = ["run_tour"]
