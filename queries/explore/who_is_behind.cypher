//| id: who_is_behind
//| asks: Which parties direct or control this business, up to four steps up?
//| example: barrier query who_is_behind --store barrier-demo.barrier --param business=ring-lender
//| params:
//|   business: {default: '', unit: id, about: Id of the business.}

MATCH path = (x)-[:DIRECTS|CONTROLS*1..4]->(b:Business {id: $business})
RETURN length(path) AS steps, labels(x)[0] AS label, x.id AS id, [r IN relationships(path) | type(r)] AS links
ORDER BY steps, label, id, links
