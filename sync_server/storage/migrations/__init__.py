"""Steps that bring a database to the tables of `schema`; each is run once, in order."""
