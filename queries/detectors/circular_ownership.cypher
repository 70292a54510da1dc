//| id: circular_ownership
//| version: 2
//| status: stable
//| barrier: finance
//| title: Businesses own each other in a circle
//| asks: Which businesses control each other in a closed circle?
//| says: 'a circle of {length} links: {circle}'
//| misses: Circles through persons or through businesses abroad. Circles longer than five.
//| key: [business]
//| absent: []
//| personal_data: none
//| source: DOMAIN 3.2 no. 48 (circular ownership between landlord, lender and hirer).
//| facts:
//|   circle: {unit: ids, about: 'The businesses of the shortest circle, in order.', source: UBO}
//|   length: {unit: links, about: 'Number of links in the circle.', source: UBO}
//|   barriers_touched: {unit: roles, about: 'What the businesses of the circle do: let houses, lend workers, hire workers.', source: '', lower_bound: true}
//| explanations:
//|   family_group: One party directs or controls every business of the circle from outside.

// The circle is named by its smallest id, so that it is found once. A share in itself (own shares) is no step of it.
MATCH path = (b:Business)-[:CONTROLS*1..5]->(b)
WITH b, [n IN nodes(path) | n.id] AS circle, nodes(path) AS members, relationships(path) AS links
WHERE all(i IN circle WHERE b.id <= i) AND all(r IN links WHERE r.start_day <= $at_day AND r.end_day > $at_day AND startNode(r).id <> endNode(r).id)
WITH b, circle, members, links ORDER BY size(links), circle
WITH b, collect({circle: circle, members: members, length: size(links), sources: [r IN links | r.source]})[0] AS first
WITH b, first.circle AS circle, first.members AS members, first.length AS length, first.sources AS sources
UNWIND tail(members) AS m
OPTIONAL MATCH (x)-[:DIRECTS|CONTROLS]->(m)
WHERE NOT x.id IN circle
WITH b, circle, members, length, sources, x, count(DISTINCT m) AS joined
WITH b, circle, members, length, sources, max(CASE WHEN x IS NULL THEN 0 ELSE joined END) AS joined
WITH b, circle, length, sources, joined,
     CASE WHEN any(m IN members WHERE EXISTS { MATCH (m)-[:LETS|OWNS]->(:Address) }) THEN ['lets houses'] ELSE [] END
     + CASE WHEN any(m IN members WHERE EXISTS { MATCH (m)-[:SUPPLIES_WORKERS_TO]->(:Business) }) THEN ['lends workers'] ELSE [] END
     + CASE WHEN any(m IN members WHERE EXISTS { MATCH (m)<-[:SUPPLIES_WORKERS_TO]-(:Business) }) THEN ['hires workers'] ELSE [] END AS barriers_touched
RETURN b.id AS business, circle, length, barriers_touched,
       CASE WHEN size(barriers_touched) >= 2 THEN 'strong' ELSE 'medium' END AS strength,
       joined = length AS explained_family_group, sources
ORDER BY length, business
