"""Tables, transactions, feeds: the only package that imports SQLAlchemy.

It stores what it is given and knows no rule: bodies arrive sealed, decisions arrive as `Changes`.

    schema      the tables
    rows        what is read and written, as frozen values
    reading     questions, inside one transaction
    snapshot    the same for many readers at once
    changes     what one transaction writes
    store       locks, transactions, retries
    arrivals    who waits for news, and how the news comes
"""
