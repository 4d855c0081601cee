"""Revision trees and merging. Pure values in, values out; standard library only.

tree        CouchDB's revision tree and its winner
revs_diff   what a replica lacks of the revisions that another one offers it
graph       which edit saw which (the authored graph) and what a merge may depend on (its skeleton)
units       a body taken apart into what is merged each on its own
merge       the value of every unit, from all who wrote it
resolution  the leaf that stands in the end, and the revisions to mint for it
minting     the ids of minted revisions
"""
