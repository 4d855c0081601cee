"""The floor under `_bulk_docs`: SQLAlchemy Core writes eight rows a document, and nothing else."""

from __future__ import annotations

import random
import time

from sqlalchemy import (
    BigInteger,
    Column,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    create_engine,
    insert,
)

from bench.documents import DOCUMENT_BYTES

ROWS_PER_DOCUMENT = 8
_DOCUMENTS_AT_ONCE = 200  # as many as a push has in one transaction
_metadata = MetaData()
_rows = Table(
    "bare_row",
    _metadata,
    Column("database_id", Integer, primary_key=True),
    Column("document_id", Text, primary_key=True),
    Column("part", Integer, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("body", LargeBinary),
)


def bare_rounds(url: str, documents: int, rounds: int, chance: random.Random) -> list[float]:
    """Documents per second of this process' CPU, of each round.

    One row of a document has a body of its size, the others have none. On SQLite the database
    itself runs in this process, on PostgreSQL it doesn't.
    """
    engine = create_engine(url)
    _metadata.create_all(engine)
    rates = []
    for _ in range(rounds):
        ids = [f"{chance.getrandbits(128):032x}:k21" for _ in range(documents)]
        body = chance.randbytes(DOCUMENT_BYTES)
        before = time.process_time()
        for start in range(0, documents, _DOCUMENTS_AT_ONCE):
            rows = [
                {
                    "database_id": 1,
                    "document_id": document,
                    "part": part,
                    "seq": start + position,
                    "body": None if part else body,
                }
                for position, document in enumerate(ids[start : start + _DOCUMENTS_AT_ONCE])
                for part in range(ROWS_PER_DOCUMENT)
            ]
            with engine.begin() as connection:
                connection.execute(insert(_rows), rows)
        rates.append(documents / (time.process_time() - before))
    engine.dispose()
    return rates
