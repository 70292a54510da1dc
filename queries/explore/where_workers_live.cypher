//| id: where_workers_live
//| asks: At which addresses do the workers of this business live, and who owns or lets them?
//| example: barrier query where_workers_live --store barrier-demo.barrier --param business=ring-lender
//| params:
//|   business: {default: '', unit: id, about: Id of the business.}
//|   on_day: {default: 20696, unit: days since 1970-01-01, about: Day looked at (20696 is 2026-09-01).}

MATCH (p:Person)-[w:WORKS_FOR]->(b:Business {id: $business})
WHERE w.start_day <= $on_day AND w.end_day > $on_day
MATCH (p)-[r:REGISTERED_AT|STAYS_AT]->(a:Address)
WHERE coalesce(r.function, 'residence') = 'residence' AND r.start_day <= $on_day AND r.end_day > $on_day
WITH a, count(DISTINCT p) AS workers
OPTIONAL MATCH (l)-[o:LETS|OWNS]->(a:Address)
WHERE o.start_day <= $on_day AND o.end_day > $on_day
WITH a, workers, l.id AS landlord ORDER BY landlord
RETURN a.id AS address, a.kind AS kind, a.area_m2 AS area_m2, workers, collect(DISTINCT landlord) AS landlords
ORDER BY workers DESC, address
