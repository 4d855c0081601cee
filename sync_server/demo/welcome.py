"""What is said when a demo starts: where it is, who is there, what to try."""

from __future__ import annotations

from sync_server.demo.setting_up import ACCOUNTS, CASE_DATABASE, OPEN_DATABASE, PASSWORD


def welcome(url: str) -> str:
    """Some lines for whoever has started a demo at `url`."""
    people = [
        f"   {account.name:<6} {account.role:<17}{' '.join(account.devices)}"
        for account in ACCOUNTS
    ]
    return "\n".join(
        [
            f"cases:           {url}/sync/{CASE_DATABASE}",
            f"open database:   {url}/sync/{OPEN_DATABASE} (admin's)",
            f"supervisor:      {url}/console/ (bilal's)",
            "people and their tablets:",
            *people,
            f"every password and every tablet's token: {PASSWORD}",
            "try, in another terminal:",
            f"   .venv/bin/kanaf demo tour --url {url}",
            f"   curl -u bilal-tablet-1:{PASSWORD} {url}/api/v1/{CASE_DATABASE}/conflicts",
            f"   .venv/bin/kanaf --demo db policy {CASE_DATABASE}",
        ]
    )
