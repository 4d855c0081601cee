"""Kanaf beside another server of CouchDB's protocol: the same requests, in turn, on one machine."""
