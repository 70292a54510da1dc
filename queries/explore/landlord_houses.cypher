//| id: landlord_houses
//| asks: How many people live in each house of one landlord, and how many of them work for the same business?
//| example: barrier query landlord_houses --store barrier-demo.barrier --param party=ring-letting
//| params:
//|   party: {default: '', unit: id, about: Id of a business or person in a business role.}
//|   on_day: {default: 20696, unit: days since 1970-01-01, about: Day looked at (20696 is 2026-09-01).}

MATCH (l)-[:LETS|OWNS]->(a:Address)
WHERE l.id = $party
OPTIONAL MATCH (p:Person)-[r:REGISTERED_AT|STAYS_AT]->(a)
WHERE coalesce(r.function, 'residence') = 'residence' AND r.start_day <= $on_day AND r.end_day > $on_day
OPTIONAL MATCH (p)-[w:WORKS_FOR]->(b:Business)
WHERE w.start_day <= $on_day AND w.end_day > $on_day
RETURN a.id AS address, a.kind AS kind, a.area_m2 AS area_m2, count(DISTINCT p) AS residents, count(DISTINCT b) AS employers
ORDER BY residents DESC, address
