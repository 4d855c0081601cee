"""Whose tablets take part in the tour, and the child whom the story is about."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from tablet.stock import Credentials, StockTablet
from tablet.tour.field_tablet import FieldTablet, new_ulid
from tablet.tour.web import Web

SECRET = "kanaf-demo"
"""In the demo every device's token and every account's password."""

CASE_DATABASE, OPEN_DATABASE = "sudan", "reference"


@dataclass(frozen=True)
class Child:
    """The ids of one child's documents, new with every tour."""

    record: str = field(default_factory=lambda: str(uuid4()))
    referral_name: str = field(default_factory=lambda: f"k2:{new_ulid()}")
    service_name: str = field(default_factory=lambda: f"k26:{new_ulid()}")

    @property
    def registration(self) -> str:
        """The document that the tablets edit."""
        return f"{self.record}:k21"

    @property
    def assessment(self) -> str:
        """The risk assessment, which is never shared."""
        return f"{self.record}:k22"

    @property
    def consent(self) -> str:
        """What the child and the caregiver agreed to."""
        return f"{self.record}:k24"

    @property
    def plan(self) -> str:
        """The case plan, whose goals are rows."""
        return f"{self.record}:k25"

    @property
    def service(self) -> str:
        """A service that was asked for."""
        return f"{self.record}:{self.service_name}"

    @property
    def closure(self) -> str:
        """Why and how the case was closed."""
        return f"{self.record}:k28"

    @property
    def referral(self) -> str:
        """The referral to chen."""
        return f"{self.record}:{self.referral_name}"


@dataclass(frozen=True)
class Cast:
    """The tablets, all running, and the server beside them."""

    web: Web
    administrator: Credentials
    amina: FieldTablet
    aminas_second: FieldTablet
    bilal: FieldTablet
    chen: FieldTablet
    dina: FieldTablet


@contextmanager
def cast(url: str, installation: Path) -> Iterator[Cast]:
    """Switches new, empty tablets on, and off at the end.

    Args:
        url: the server's, without a slash at the end.
        installation: what `tablet.stock.install` returned.
    """
    with ExitStack() as switched_on:

        def tablet(author: str, number: int) -> FieldTablet:
            stock = switched_on.enter_context(StockTablet(installation))
            device = f"{author}-tablet-{number}"
            return FieldTablet(author, device, SECRET, f"{url}/sync/{CASE_DATABASE}", stock)

        yield Cast(
            web=Web(url, CASE_DATABASE),
            administrator=Credentials("admin", SECRET),
            amina=tablet("amina", 1),
            aminas_second=tablet("amina", 2),
            bilal=tablet("bilal", 1),
            chen=tablet("chen", 1),
            dina=tablet("dina", 1),
        )
