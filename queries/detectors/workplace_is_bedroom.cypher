//| id: workplace_is_bedroom
//| version: 1
//| status: stable
//| barrier: labour
//| title: Workers live where they work
//| asks: Where do several workers live at the place of business of their employer?
//| says: '{workers} workers of {business} live at its place of business'
//| misses: Employers whose place of business is not in the register. People nobody registered or reported.
//| key: [address, business]
//| anchor: Address
//| reach:
//|   - ESTABLISHED_AT
//|   - REGISTERED_AT|STAYS_AT
//|   - REGISTERED_AT|STAYS_AT WORKS_FOR|DIRECTS|CONTROLS
//|   - OWNS
//| absent: []
//| excepts: [CONTROLS, DIRECTS, OWNS]
//| personal_data: indirect
//| source: DOMAIN 3.2 no. 34 (workplace = sleeping place). The threshold is this project's.
//| params:
//|   min_workers: {default: 2, unit: persons, about: Smallest number of workers.}
//|   many_workers: {default: 4, unit: persons, about: Number of workers from which the finding is strong.}
//| facts:
//|   business: {unit: id, about: 'The employer.', source: KVK}
//|   workers: {unit: persons, about: 'Workers who live at the place of business.', source: '', lower_bound: true}
//| explanations:
//|   farm: The place is a farm.
//|   dwelling_on_site: The object may also be lived in (woonfunctie), such as a flat above a shop.

// Owners and directors who live above their shop are no workers here.
MATCH (b:Business)-[e:ESTABLISHED_AT]->(a:Address)
WHERE
  // anchors: a.id IN $anchors AND
  e.start_day <= $at_day AND e.end_day > $at_day
  AND COUNT { (a)<-[:REGISTERED_AT|STAYS_AT]-(:Person) } >= $min_workers AND COUNT { (b)<-[:WORKS_FOR]-(:Person) } >= $min_workers
MATCH (b)<-[w:WORKS_FOR]-(p:Person)
WHERE w.start_day <= $at_day AND w.end_day > $at_day
MATCH (p)-[h:REGISTERED_AT|STAYS_AT]->(a)
WHERE h.end_day > $at_day AND h.start_day <= $at_day AND coalesce(h.function, 'residence') = 'residence'
  AND NOT EXISTS { MATCH (p)-[:DIRECTS|CONTROLS]->(b) } AND NOT EXISTS { MATCH (p)-[:OWNS]->(a) }
WITH a, b, count(DISTINCT p) AS workers, collect(DISTINCT h.source) + collect(DISTINCT w.source) AS sources
WHERE workers >= $min_workers
RETURN a.id AS address, b.id AS business, workers,
       CASE WHEN workers >= $many_workers THEN 'strong' ELSE 'medium' END AS strength,
       coalesce(a.kind, '') = 'agricultural' OR left(coalesce(b.sbi, ''), 2) = '01' AS explained_farm,
       'woonfunctie' IN coalesce(a.purposes, []) AS explained_dwelling_on_site, sources
ORDER BY workers DESC, address, business
