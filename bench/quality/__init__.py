"""How well concurrent edits are merged: histories whose right outcome is known, and who finds it.

form            the case form that is edited, and where its make-up comes from
acts            what people mean: one change of one part of the document
sentences       texts as sentences with identities
document        what stands where in a document
typing_in       what a tablet makes of an act: the next body
meaning         when two values mean the same
units           what a person would be asked about as one question
contradictions  for each kind of unit, whether acts contradict each other, and what is right
strays          what differs although nobody meant it to
truth           the right outcome, from what was meant alone
cast            who does what, and how often
planning        one person's next edit of what they see
lookalikes      scenes in which a merger that looks at text and fields alone goes wrong
histories       who edits, sends and fetches when
outcome         what a rule set makes of a history
playing         a history played under a rule set
judging         an outcome held against the truth
report          the figures as a table, and a history told in full

These know nothing of `conflict`. `rule_sets` holds the mergers that `run` compares.
"""
