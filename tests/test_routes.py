"""Every route says what its caller must be, or the service does not start."""

from __future__ import annotations

import pytest
from flask import Flask

from sync_server.app import BLUEPRINTS
from sync_server.http.routes import Routes, UndeclaredRoute, register_routes


def test_every_blueprint_can_be_registered() -> None:
    app = Flask("routes", static_folder=None)
    register_routes(app, BLUEPRINTS)
    assert {rule.endpoint for rule in app.url_map.iter_rules()} == app.extensions["entries"].keys()


def test_a_route_without_a_declared_need_does_not_start_the_server() -> None:
    app = Flask("routes", static_folder=None)
    forgotten = Routes("forgotten", "/forgotten")
    forgotten.add_url_rule("/", "view", lambda: "")
    with pytest.raises(UndeclaredRoute, match="forgotten"):
        register_routes(app, [*BLUEPRINTS, forgotten])
