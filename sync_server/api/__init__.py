"""JSON for machines and for the tour: what CouchDB's protocol has no word for."""
