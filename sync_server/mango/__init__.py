"""Mango's selectors, by which clients of CouchDB choose documents. Pure: values in, values out.

Everything is bounded when a selector is read: its size, its depth, and what a regular expression
may cost. So whether a document matches takes time in proportion to the two.
"""
