"""A query where others keep a graph too: each of its patterns begins at what Barrier wrote."""

from __future__ import annotations

import pytest

from barrier.detect.library import load_explore
from barrier.errors import InputError
from barrier.store.guard import ensure_reading
from barrier.store.shared_database import ensure_labelled


@pytest.mark.parametrize(
    "query",
    [
        "MATCH (n) RETURN n.id AS id",
        "MATCH (n {id: 'x'}) RETURN n.id AS id",
        "MATCH () RETURN count(*) AS n",
        "MATCH (a:Address), (n) RETURN n.id AS id",
        "MATCH (n)-[:OWNS]->(m) RETURN m.id AS id",
        "MATCH (n)-[r]-(m) WHERE n:Address RETURN m.id AS id",
        "MATCH p = shortestPath((a)-[*]-(b)) RETURN length(p) AS n",
        "MATCH (n:!Person) RETURN n.id AS id",
        "MATCH (a:Address) OPTIONAL MATCH (n) RETURN n.id AS id",
        "MATCH (a:Address) WHERE EXISTS { (n) } RETURN a.id AS id",
        "MATCH (a:Address) RETURN COUNT { MATCH (n) } AS n",
        "CALL { MATCH (n) RETURN n.id AS id } RETURN id",
        "RETURN 1 AS n UNION MATCH (n) RETURN n.id AS n",
        "MATCH (n {x: toLower('a:b')})-[:OWNS]->({y: exists(n:Address)}) RETURN n.id AS id",
    ],
)
def test_a_pattern_without_a_label_is_refused(query: str) -> None:
    with pytest.raises(InputError, match="a pattern without a label on query line 1; others keep a graph here too"):
        ensure_labelled(ensure_reading(query))


@pytest.mark.parametrize(
    "query",
    [
        "RETURN 1 AS n",
        "MATCH (a:Address) RETURN a.id AS id",
        "MATCH (:Address|Person) RETURN count(*) AS n",
        "MATCH (n IS Person) RETURN n.id AS id",
        "MATCH p = allShortestPaths((a)-[:OWNS*..3]-(b:Person)), (c:Address {id: 'x'}) RETURN length(p) AS n",
        "MATCH (a:Address) WHERE EXISTS { (a:Address)--(n) } RETURN COUNT { MATCH (a:Address)--() } AS n",
    ],
)
def test_a_pattern_with_a_label_is_let_through(query: str) -> None:
    ensure_labelled(ensure_reading(query))


def test_every_shipped_question_has_its_labels() -> None:
    for shipped in load_explore():
        ensure_labelled(ensure_reading(shipped.query))
