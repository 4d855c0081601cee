"""How well concurrent edits are merged: histories whose right outcome is known, and who finds it.

form        the case form that is edited, and where its make-up comes from
acts        what people mean: one change of one part of the document
typing_in   what a tablet makes of an act: the next body
cast        who does what, and how often
planning    one person's next edit of what they see
lookalikes  scenes in which a merger that looks at text and fields alone goes wrong
histories   who edits, sends and fetches when
truth       the right outcome, from what was meant alone
judging     an outcome held against the truth

These know nothing of `conflict`. `rule_sets` holds the mergers that are compared.
"""
