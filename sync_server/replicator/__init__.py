"""Replication from one database to another, by CouchDB's protocol: a client of both.

It knows nothing of this service's inside, and both databases may be those of a CouchDB. What
decides (`address`, `checkpoint`, `limits`, `planning`, `replication_id`) is pure; `transport` is
the only part that knows the HTTP client.
"""
