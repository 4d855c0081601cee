"""Tablets with an unchanged PouchDB, for the demo tour and the protocol tests.

The Python side starts one Node process per tablet and sends it commands; how PouchDB stores and
replicates is left entirely to the published library. Nothing here knows cases or forms.
"""

from tablet.stock.driver import StockTablet
from tablet.stock.errors import InstallationFailed, NodeNotFound, TabletError
from tablet.stock.installation import install, install_locked
from tablet.stock.node import node_command, npm_command
from tablet.stock.replication import Credentials, Denied, Replicated, Synced

__all__ = [
    "Credentials",
    "Denied",
    "InstallationFailed",
    "NodeNotFound",
    "Replicated",
    "StockTablet",
    "Synced",
    "TabletError",
    "install",
    "install_locked",
    "node_command",
    "npm_command",
]
