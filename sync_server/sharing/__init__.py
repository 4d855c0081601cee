"""Who may see and do what: pure rules over facts about records and people.

facts       what the rules are asked about
roles       the ready roles and what each may do
audience    who sees which parts of a record
permission  who may write what
assignment  who gives records to whom
supervision who looks after whom
"""
