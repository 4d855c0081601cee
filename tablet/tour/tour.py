"""The chapters of the tour in their order, and what is said at its end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tablet.stock import TabletError
from tablet.tour.cast import CASE_DATABASE, OPEN_DATABASE, SECRET, Cast, Child, cast
from tablet.tour.findings import Findings
from tablet.tour.merging import bilal_settles, different_answers, the_same_answer
from tablet.tour.planning import amina_closes_the_case, amina_plans
from tablet.tour.reference import a_couchdb_client
from tablet.tour.referring import amina_ends_it, amina_refers, chen_accepts, dina_sees_nothing
from tablet.tour.refusing import amina_corrects_it, an_invalid_answer
from tablet.tour.registering import amina_registers_a_child, everybody_syncs
from tablet.tour.web import Web

Chapter = Callable[[Findings, Cast, Child], None]

STORY: tuple[tuple[str, Chapter], ...] = (
    ("amina registers a child", amina_registers_a_child),
    ("amina plans with the child", amina_plans),
    ("Two tablets, offline: different answers", different_answers),
    ("Two tablets, offline: the same answer", the_same_answer),
    ("bilal settles it", bilal_settles),
    ("amina refers the child to chen", amina_refers),
    ("chen accepts", chen_accepts),
    ("The referral ends", amina_ends_it),
    ("dina, who has nothing to do with it", dina_sees_nothing),
    ("An answer that cannot be", an_invalid_answer),
    ("amina corrects it", amina_corrects_it),
    ("amina closes the case", amina_closes_the_case),
)


def run_tour(url: str, install: Callable[[], Path], say: Callable[[str], None]) -> bool:
    """Plays the story against a running demo, each time with a new child.

    Args:
        url: of the demo, such as http://127.0.0.1:8984.
        install: answers as `tablet.stock.install` does; called once the demo is known to answer.
        say: is given the story, line by line.

    Returns:
        Whether everything was as it should be.
    """
    url = url.rstrip("/")
    if not Web(url, CASE_DATABASE).is_ready():
        say(f"no demo answers at {url}; start one with: make demo")
        return False
    findings = Findings(say)
    try:
        with cast(url, install()) as people:
            _play(findings, people, Child())
    except TabletError as problem:
        findings.check(f"tablets can be switched on and off: {problem}", False)
    _sum_up(findings, url, say)
    return not findings.failed


def _play(findings: Findings, people: Cast, child: Child) -> None:
    with findings.chapter("New tablets fetch what their owners may see"):
        everybody_syncs(findings, people)
    for title, chapter in STORY:
        with findings.chapter(title):
            chapter(findings, people, child)
    with findings.chapter("A CouchDB client and an open database"):
        a_couchdb_client(findings, people)


def _sum_up(findings: Findings, url: str, say: Callable[[str], None]) -> None:
    say("")
    if findings.failed:
        say(f"{len(findings.failed)} of the things that should be so are not:")
        for claim in findings.failed:
            say(f"   {claim}")
        return
    say(f"All {findings.checked} checks hold. Where to look next:")
    say(f"   {url}/console/ in a browser, as bilal, password {SECRET}: how this child was merged")
    say(f"   curl -u bilal-tablet-1:{SECRET} {url}/api/v1/{CASE_DATABASE}/conflicts")
    say(f"   curl -u amina-tablet-1:{SECRET} '{url}/sync/{CASE_DATABASE}/_changes?limit=5'")
    say(f"   curl -u admin:{SECRET} {url}/sync/{OPEN_DATABASE}/_all_docs")
    say("   docs/tutorial/first-sync.md: the same with a PouchDB of your own")
