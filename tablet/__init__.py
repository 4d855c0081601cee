"""Tablets without a screen: stock PouchDB ones for the tour and the protocol tests."""
