//| id: self_employed_one_client
//| version: 2
//| status: stable
//| barrier: labour
//| title: Self-employed people with one client and one address
//| asks: Where do several self-employed people live together who all work for one and the same client only?
//| says: '{self_employed} self-employed people live here who work for {business} only'
//| misses: Clients that are not recorded. People with a second client on paper.
//| key: [address, business]
//| anchor: Business
//| reach:
//|   - WORKS_FOR
//|   - WORKS_FOR WORKS_FOR
//|   - WORKS_FOR REGISTERED_AT|STAYS_AT
//| absent: [WORKS_FOR]
//| personal_data: indirect
//| source: DOMAIN 3.2 no. 33 (many self-employed with one client and one address). The threshold is this project's.
//| params:
//|   min_persons: {default: 4, unit: persons, about: Smallest number of self-employed people.}
//|   many_persons: {default: 8, unit: persons, about: Number from which the finding is strong.}
//| facts:
//|   business: {unit: id, about: 'The only client.', source: ''}
//|   self_employed: {unit: persons, about: 'Self-employed people at this address with this client only.', source: '', lower_bound: true}
//| explanations:
//|   partnership: They hold a function in, or control, the client together.

// First the addresses where enough of them live, then whether each has one client only.
MATCH (b:Business)<-[w:WORKS_FOR]-(p:Person)
WHERE
  // anchors: b.id IN $anchors AND
  w.start_day <= $at_day AND w.end_day > $at_day AND w.form = 'self_employed'
MATCH (p)-[h:REGISTERED_AT|STAYS_AT]->(a:Address)
WHERE h.end_day > $at_day AND h.start_day <= $at_day AND coalesce(h.function, 'residence') = 'residence'
WITH a, b, count(DISTINCT p.id) AS persons
WHERE persons >= $min_persons
MATCH (b)<-[w:WORKS_FOR]-(p:Person)-[h:REGISTERED_AT|STAYS_AT]->(a)
WHERE w.start_day <= $at_day AND w.end_day > $at_day AND w.form = 'self_employed'
  AND h.end_day > $at_day AND h.start_day <= $at_day AND coalesce(h.function, 'residence') = 'residence'
  AND NOT EXISTS { MATCH (p)-[o:WORKS_FOR]->(other) WHERE other.id <> b.id AND o.start_day <= $at_day AND o.end_day > $at_day }
WITH a, b, count(DISTINCT p) AS self_employed, collect(DISTINCT p) AS people, collect(DISTINCT w.source) + collect(DISTINCT h.source) AS sources
WHERE self_employed >= $min_persons
RETURN a.id AS address, b.id AS business, self_employed, self_employed - $min_persons AS spare,
       CASE WHEN self_employed >= $many_persons THEN 'strong' ELSE 'medium' END AS strength,
       size([p IN people WHERE EXISTS { MATCH (p)-[:DIRECTS|CONTROLS]->(b) }]) = self_employed AS explained_partnership, sources
ORDER BY self_employed DESC, address, business
