"""What a query may say: clauses and functions on a list, read in one way only."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barrier.detect.library import load_detectors, load_explore
from barrier.errors import InputError
from barrier.store.guard import ensure_reading, masked, parameters, reading_problems

# each was let through by a check that looked for forbidden words, or would be by one that lacks a step
HOSTILE = {
    "an escape in a keyword": r"LO\u0041D CSV FROM 'http://127.0.0.1:1/x' AS row RETURN row",
    "an escape in CALL": r"C\u0041LL dbms.components() YIELD name RETURN name",
    "a quote made by an escape": r"""RETURN 'a\u0027 + apoc.load.json("file:///x") + \u0027' AS x""",
    "a line end made by an escape": r"RETURN 1 // \u000aSET n.x = 1",
    "a backslash made by an escape": r"RETURN '\u005cu0027 AS x",
    "an escape behind a backslash": r"RETURN '\\u0027 + file() + \\u0027' AS x",
    "half an escape": r"RETURN '\u00' AS x",
    "show": "SHOW DATABASES",
    "show behind union": "MATCH (n) RETURN n.id AS id UNION SHOW USERS",
    "show inside": "CALL { SHOW USERS } RETURN 1 AS x",
    "explain": "EXPLAIN MATCH (n) RETURN n.id AS id",
    "profile": "PROFILE MATCH (n) RETURN n.id AS id",
    "options": "CYPHER runtime=slotted MATCH (n) RETURN n.id AS id",
    "another graph": "USE system MATCH (n) RETURN n.id AS id",
    "a graph by name": "USE graph.byName('system') MATCH (n) RETURN n.id AS id",
    "a procedure": "CALL db.labels()",
    "a procedure without brackets": "CALL db.labels",
    "a procedure in backticks": "CALL `db`.`labels`()",
    "a procedure around comments": "CALL /* ( */ db /**/ . labels()",
    "an optional procedure": "OPTIONAL CALL db.labels()",
    "transactions": "CALL { MATCH (n) RETURN n.id AS id } IN TRANSACTIONS RETURN id",
    "transactions behind imports": "MATCH (n) CALL (n) { RETURN 1 AS x } IN 2 CONCURRENT TRANSACTIONS RETURN x",
    "load": "LOAD CSV FROM 'file:///x' AS row RETURN row",
    "load behind everything": "MATCH (n) WITH * LOAD CSV FROM 'file:///x' AS row RETURN row",
    "finish": "MATCH (n) FINISH",
    "finish behind everything": "MATCH (n) WITH * FINISH",
    "delete behind everything": "MATCH (n) WITH * DELETE [n][0]",
    "delete behind any label": "MATCH (n:%) DELETE [n][0]",
    "delete in parts": "MATCH (n) NODETACH DELETE n",
    "for each": "MATCH (n) FOREACH (x IN [1] | SET n.x = x)",
    "gql insert": "INSERT (:Person {id: 'x'})",
    "gql let": "LET x = 1 RETURN x",
    "gql filter": "MATCH (n) FILTER n.x = 1 RETURN n.id AS id",
    "gql next": "MATCH (n) RETURN n.id AS id NEXT RETURN 1 AS x",
    "gql when": "WHEN true THEN RETURN 1 AS x",
    "a hint": "MATCH (n:Person) USING INDEX n:Person(id) WHERE n.id = 'x' RETURN n.id AS id",
    "having of the embedded store": "MATCH (n) RETURN n.kind AS k, count(*) AS c HAVING c > 1",
    "a label worked out": "MATCH (n:$($x)) RETURN n.id AS id",
    "labels worked out": "MATCH (n:$any(['a'])) RETURN n.id AS id",
    "an extension": "RETURN apoc.load.json('file:///x') AS x",
    "an extension in backticks": "RETURN `apoc`.`load`.`json`('file:///x') AS x",
    "an extension in one backtick": "RETURN `apoc.load.json`('file:///x') AS x",
    "an extension around comments": "RETURN apoc /* */ . /* */ load.json\n('file:///x') AS x",
    "a function of the user": "RETURN my.own.function(1) AS x",
    "names of graphs": "RETURN graph.names() AS x",
    "the file being read": "RETURN file() AS x",
    "subquery that writes": "RETURN COUNT { CREATE (n) RETURN n } AS x",
    "exists that writes": "RETURN EXISTS { MATCH (n) SET n.x = 1 } AS x",
    "call that writes": "MATCH (n) CALL (n) { REMOVE n.x RETURN 1 AS x } RETURN x",
    "no space": "MATCH (n)SET n.x=1",
    "a comment for a space": "MATCH (n)/**/SET/**/n.x=1",
    "a comment in a keyword": "LO/**/AD CSV FROM 'x' AS row RETURN row",
    "a carriage return ends a comment": "MATCH (n) RETURN 1 AS x // \rSET n.x = 1",
    "a hard space": "MATCH (n)\u00a0RETURN n.id AS id",
    "no width": "MATCH (n)\u200bSET n.x = 1",
    "a line separator": "MATCH (n) RETURN 1 AS x // \u2028SET n.x = 1",
    "a long s": "MATCH (n) \u017fET n.x = 1",
    "wide letters": "\uff2cOAD CSV FROM 'x' AS row RETURN row",
    "a cyrillic letter": "\u0421ALL db.labels()",
    "nothing": "\x00",
    "nothing in a text": "RETURN 'a\x00b' AS x",
    "half a character": "RETURN '\ud800' AS x",
    "two statements": "MATCH (n) RETURN n.id AS id; MATCH (n) RETURN n.id AS id",
    "two statements, one empty": "RETURN 1 AS x;/**/;RETURN 2 AS x",
    "a double backtick": "RETURN 1 AS `a``b`",
    "a double quote in a text": "RETURN 'a''b' AS x",
    "a number that may take the point": "MATCH (n) WITH n, 1. DELETE [n][0] AS x RETURN x",
    "a quote left open": "RETURN 'a",
    "a comment left open": "RETURN 1 AS x /* a",
    "a bracket left open": "RETURN (1",
    "a bracket too many": "RETURN 1)",
    "brackets crossed": "RETURN ([1)]",
    "brackets deep": "RETURN " + "(" * 5_000 + "1" + ")" * 5_000,
    "long": "RETURN '" + "a" * 200_000 + "'",
    "empty": " ; ",
}
FINE = {
    "a semicolon at the end": "MATCH (n) RETURN n.id AS id;",
    "signs in texts": "RETURN 'a;b//c CREATE (n) SET' AS x",
    "words as names": "WITH {set: 1, create: 2} AS start RETURN start.set AS order, start.create AS `Aantal (%)`",
    "lengths of ways": "MATCH (a)-[r:OWNS*1..3]->(b)-[*..6]-(c)-[*2]-(d)-[*]-(e) RETURN count(*) AS n",
    "subquery": "MATCH (a) CALL (a) { MATCH (a)--(b) RETURN count(b) AS n } RETURN a.id AS id, n",
    "union inside": "CALL { MATCH (a) RETURN a.x AS i UNION ALL MATCH (b) RETURN b.x AS i } RETURN count(i) AS n",
    "everything": "MATCH (n) WITH * WHERE n.x > 1 RETURN *",
    "projection": "MATCH (n {id: 'x'}) RETURN n {.id, .name, extra: 1} AS m",
    "case": "RETURN CASE WHEN 1 = 2 THEN NULL ELSE {a: 'b', end: 3} END AS x",
    "lists": "RETURN [x IN range(1, 3) WHERE x % 2 = 1 | x * 2] AS xs, -1 AS y, [1, 2, 3][0..2] AS z",
    "words of comparison": "MATCH (n) WHERE n.id STARTS WITH 'a' AND NOT n.id ENDS WITH 'b' XOR n.id CONTAINS ('x') "
    "OR n.id IS NOT NULL RETURN DISTINCT n.id AS id ORDER BY id DESC SKIP 1 LIMIT 2",
    "counts": "OPTIONAL MATCH (n:Person|Address) RETURN COUNT { (n)--() } AS c, "
    "EXISTS { MATCH (n)-->(m) WHERE m.x = 1 } AS e",
    "ways": "MATCH p = shortestPath((a)-[*..5]-(b)) RETURN length(p) AS l",
    "days": "RETURN date('2024-01-01') + duration({days: 3}) AS d, duration.inDays(date(), date()).days AS n",
    "labels": "MATCH (n:!Person&!Address) WHERE n:Business RETURN count(n) AS n",
}  # fmt: skip


@pytest.mark.parametrize("query", HOSTILE.values(), ids=HOSTILE)
def test_what_is_not_on_the_list_is_refused(query: str) -> None:
    with pytest.raises(InputError):
        ensure_reading(query)


@pytest.mark.parametrize("query", FINE.values(), ids=FINE)
def test_reading_is_let_through(query: str) -> None:
    assert reading_problems(query) == []


def test_every_shipped_query_is_let_through() -> None:
    queries = {q.id: q.query for q in load_explore()} | {q.id: q.query for q in load_detectors()}
    queries |= {f"{q.id} at anchors": q.at_anchors() for q in load_detectors()}

    assert [name for name, query in queries.items() if reading_problems(query)] == []


@pytest.mark.parametrize(
    "query",
    ["CALL pagerank() YIELD node, score RETURN node", "CALL gds.betweenness.stream('g')", "RETURN rank() OVER () AS x",
     "CALL `degree`()", "CALL algo.closeness()"],
)  # fmt: skip
def test_what_gives_persons_a_rank_is_refused_with_that_reason(query: str) -> None:
    (problem,) = reading_problems(query)

    assert problem.endswith("gives persons a score or rank; Barrier never does that (rule 1)")


def test_what_runs_is_what_was_judged() -> None:
    query = "MATCH (n) // OPTIONAL\r\nRETURN /* 1\n */ 'caf\\u00e9 // \\ud83d\\ude00' AS `x /* y` ;;"

    assert ensure_reading(query).split() == ["MATCH", "(n)", "RETURN", "'café", "//", "😀'", "AS", "`x", "/*", "y`"]


def test_a_problem_names_its_line_and_only_words_of_the_query() -> None:
    assert reading_problems("MATCH (n)\n\nSET n.x = 1") == ["SET on query line 3; a query only reads"]
    assert reading_problems("RETURN 1 AS x,\n b(2) AS y") == [
        "function b on query line 2 is not on the list of what a query may use"
    ]


def test_a_problem_is_one_line_of_plain_letters_whatever_the_query_holds() -> None:
    for query in ("RETURN 1 'a\n\u202eb'", "RETURN `a\n\u202e`(1) AS x", "CALL `a\n\u202e`.b()", "OPTIONAL `a\nb`"):
        (problem,) = reading_problems(query)
        assert problem.isascii()
        assert problem.isprintable()


def test_texts_comments_and_names_in_backticks_hold_no_parameters() -> None:
    assert parameters("MATCH (n) WHERE n.id = $a // $b\nRETURN '$c' AS `$d`, $e AS x /* $f */") == {"a", "e"}
    assert masked("MATCH (a:Address|Person) // (x:Y)\nRETURN '(b:B)' AS x") == "MATCH(a:Address|Person)RETURN  AS x"


PIECES = [
    *[
        "MATCH ",
        "(n)",
        "(n:Person)",
        "-[r]->",
        " RETURN ",
        "n.id",
        " AS x",
        ",",
        " WITH *",
        "UNION ",
        "IS NULL",
        "CALL ",
    ],
    *[
        " SET n.x = 1",
        " DELETE n",
        "LOAD CSV FROM {url} AS row",
        "LO\\u0041D CSV FROM {url} AS row",
        "FOREACH",
        " CREATE (:X)",
        "MERGE",
        "SHOW ",
        "IN TRANSACTIONS",
    ],
    *["{", "}", "(", ")", "[", "]", "'", '"', "`", "//", "/*", "*/", "\n", "\r", "\\", "\\u0027", "\\u0041", "\u00a0"],
    *["apoc.load.json", "$x", "*", "%", "..", "1", ";"],
]
_WORDS_THAT_CHANGE = ("SET", "DELETE", "LOAD", "FOREACH", "CREATE", "MERGE", "SHOW", "TRANSACTIONS", "APOC")


@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_whatever_is_put_together_a_query_that_is_let_through_holds_no_word_that_changes(query: str) -> None:
    if not reading_problems(query):
        left = masked(ensure_reading(query)).upper().replace("N.SET", "")
        assert not [w for w in _WORDS_THAT_CHANGE if w in left.replace("(", " ").split()]


@given(st.text(max_size=200))
def test_no_text_makes_the_check_fail(query: str) -> None:
    assert isinstance(reading_problems(query), list)


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("MATCH (n:Medical) RETURN n.id AS id", "unknown label Medical on query line 1; the model has Person, "),
        ("MATCH (n:Adress)\nRETURN n.id AS id", "unknown label Adress on query line 1; did you mean Address?"),
        ("MATCH (n:Person|Adress) RETURN n.id AS id", "unknown label Adress"),
        ("MATCH (n:`Adress`) RETURN n.id AS id", "unknown label Adress"),
        ("MATCH (n:(Person|Medical)) RETURN n.id AS id", "unknown label Medical"),
        ("MATCH (n IS Medical) RETURN n.id AS id", "unknown label Medical"),
        ("MATCH (n:%) RETURN n.id AS id", "unknown label"),
        ("MATCH (n) WHERE n:Medical RETURN n.id AS id", "unknown label Medical"),
        ("MATCH (n) WHERE EXISTS { (n)--(m) WHERE m:Medical } RETURN n.id AS id", "unknown label Medical"),
        (
            "MATCH ()-[r:OWNZ]->(a) RETURN a.id AS id",
            "unknown relationship type OWNZ on query line 1; did you mean OWNS?",
        ),
    ],
)
def test_a_name_that_the_model_does_not_have_is_refused_with_the_nearest(query: str, told: str) -> None:
    assert reading_problems(query)[0].startswith(told)


@pytest.mark.parametrize(
    "query",
    [
        "RETURN {a: 1, b: 'x'} AS map",
        "MATCH (a:Address) RETURN a {.id, k: a.kind} AS a",
        "MATCH (p)-[r:OWNS|LETS*1..3]->(a) WHERE a.kind IS NOT NULL AND p:Business RETURN count(r) AS n",
        "MATCH (n:!Person&!Address) RETURN CASE WHEN n:Business THEN 1 ELSE 0 END AS x",
    ],
)
def test_keys_of_maps_and_names_of_the_model_are_let_through(query: str) -> None:
    assert reading_problems(query) == []


@pytest.mark.parametrize(
    ("query", "told"),
    [
        (
            "MATCH (p:Person) RETURN p.birth_yaer AS y",
            "unknown property birth_yaer of Person on query line 1; did you mean birth_year?",
        ),
        (
            "MATCH (a:Address)\nWHERE a.aera_m2 > 100 RETURN a.id AS id",
            "unknown property aera_m2 of Address on query line 2; did you mean area_m2?",
        ),
        (
            "MATCH (b:Business {naem: 'x'}) RETURN b.id AS id",
            "unknown property naem of Business on query line 1; did you mean name?",
        ),
        (
            "MATCH ()-[r:CONTROLS]->(b) RETURN r.shares AS s",
            "unknown property shares of CONTROLS on query line 1; did you mean share?",
        ),
        ("MATCH (n) RETURN n.municipalty AS m", "unknown property municipalty on query line 1; did you mean"),
        (
            "MATCH (p:Person) RETURN p.nationality AS x",
            "unknown property nationality of Person on query line 1; the model has id, birth_year, protected",
        ),
        ("MATCH (b:Business) RETURN b.area_m2 AS x", "unknown property area_m2 of Business"),
        (
            "MATCH (b:Business) WHERE EXISTS { MATCH (b)-[:OWNS]->(a:Address) WHERE a.knd = 'x' } RETURN b.id AS id",
            "un",
        ),
    ],
)
def test_a_property_that_the_model_does_not_have_is_refused_with_the_nearest(query: str, told: str) -> None:
    assert reading_problems(query)[0].startswith(told)


@pytest.mark.parametrize(
    "query",
    [
        "MATCH (n:Business|Address) RETURN n.name AS a, n.area_m2 AS b",
        "MATCH (n) WHERE n:Business AND n.sbi = '7820' AND n.kind IS NULL RETURN n.id AS id",
        "MATCH (a:Address) WITH a, {total: 1, most: 2} AS m RETURN m.total + m.most AS x, a.id AS id",
        "MATCH (l:Licence) WITH collect({status: l.status, own: 1}) AS ls UNWIND ls AS l RETURN l.own AS x",
        "WITH date('2024-01-01') AS d MATCH (a:Address) RETURN d.year AS y, a.id AS id",
        "MATCH (a:Address)<-[r:REGISTERED_AT]-(p:Person) RETURN r.start_day, r.`from`, r.possible_end_day",
        "MATCH (b:Business) RETURN b.started_day AS s, b.ended AS e",
        "MATCH (a:Address) RETURN a {.id, naam: a.kind} AS a",
    ],
)
def test_what_the_model_has_or_the_query_makes_is_no_unknown_property(query: str) -> None:
    assert reading_problems(query) == []


def test_no_query_that_is_shipped_names_an_unknown_property() -> None:
    shipped = {d.id: d.query for d in load_detectors()} | {q.id: q.query for q in load_explore()}

    assert {name: reading_problems(query) for name, query in shipped.items()} == {name: [] for name in shipped}
