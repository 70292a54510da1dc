//| id: landlord_is_employer
//| version: 2
//| status: stable
//| barrier: housing
//| title: The landlord is the employer
//| asks: Where do workers live in a house of their employer, or of somebody who directs or owns their employer?
//| says: '{workers_here:worker|workers} of {business} here, {workers_housed} in houses of the same landlord; tie: {tie}'
//| misses: Ties through relatives or third parties. Owners abroad. Workers who are not in the files of the employer.
//| key: [address, business]
//| anchor: Business
//| reach:
//|   - WORKS_FOR
//|   - WORKS_FOR REGISTERED_AT|STAYS_AT
//|   - WORKS_FOR REGISTERED_AT|STAYS_AT LETS|OWNS
//|   - DIRECTS|CONTROLS
//|   - DIRECTS|CONTROLS DIRECTS|CONTROLS
//| absent: []
//| excepts: [CONTROLS, DIRECTS]
//| personal_data: indirect
//| source: DOMAIN 3.2 no. 20 (landlord = employer, or shared director or owner); multiple dependency as in DOMAIN 3.1.
//| params:
//|   min_workers: {default: 2, unit: persons, about: Smallest number of workers of one employer housed by it.}
//|   many_workers: {default: 4, unit: persons, about: Number of such workers from which the finding is strong.}
//|   max_functions: {default: 15, unit: functions, about: 'Who directs or controls more businesses is an accountant or trust office, not a tie.'}
//| facts:
//|   business: {unit: id, about: 'The employer.', source: KVK}
//|   workers_here: {unit: persons, about: 'Workers of this employer who live at this address.', source: '', lower_bound: true}
//|   workers_housed: {unit: persons, about: 'Workers of this employer who live in houses of the same landlord.', source: '', lower_bound: true}
//|   tie: {unit: text, about: 'How landlord and employer are tied.', source: KVK}
//| explanations:
//|   farm: The house stands on the farm of the employer.
//|   licensed_lodging: An active licence for worker lodging stands on the address.

// Counting by ids, not by nodes, is several times faster.
MATCH (b:Business)<-[w:WORKS_FOR]-(p:Person)-[h:REGISTERED_AT|STAYS_AT]->(a:Address)<-[o:LETS|OWNS]-(l)
WHERE
  // anchors: b.id IN $anchors AND
  w.end_day > $at_day AND w.start_day <= $at_day AND h.end_day > $at_day AND h.start_day <= $at_day
  AND coalesce(h.function, 'residence') = 'residence' AND o.start_day <= $at_day AND o.end_day > $at_day AND p.id <> l.id
WITH l.id AS landlord, b.id AS employer, count(DISTINCT p.id) AS workers_housed
WHERE workers_housed >= $min_workers
MATCH (b:Business {id: employer})
OPTIONAL MATCH (lb:Business {id: landlord})
OPTIONAL MATCH (lp:Person {id: landlord})
WITH coalesce(lb, lp) AS l, b, workers_housed
// The tie: the same party, a function in the other or control of it, or one party in both.
OPTIONAL MATCH (l)-[d:DIRECTS|CONTROLS]-(b)
WHERE d.start_day <= $at_day AND d.end_day > $at_day
WITH l, b, workers_housed, count(d) AS direct
OPTIONAL MATCH (l)<-[d1:DIRECTS|CONTROLS]-(x)-[d2:DIRECTS|CONTROLS]->(b)
WHERE d1.start_day <= $at_day AND d1.end_day > $at_day AND d2.start_day <= $at_day AND d2.end_day > $at_day
  AND COUNT { (x)-[:DIRECTS|CONTROLS]->(:Business) } <= $max_functions
WITH l, b, workers_housed, direct, count(DISTINCT x) AS shared
WHERE l.id = b.id OR direct > 0 OR shared > 0
WITH l, b, workers_housed,
     CASE WHEN l.id = b.id THEN 'the same business' WHEN direct > 0 THEN 'a function in it or control of it' ELSE 'a shared director or owner' END AS tie
MATCH (b)<-[w:WORKS_FOR]-(p:Person)-[h:REGISTERED_AT|STAYS_AT]->(a:Address)<-[o:LETS|OWNS]-(l)
WHERE o.start_day <= $at_day AND o.end_day > $at_day AND w.start_day <= $at_day AND w.end_day > $at_day
  AND coalesce(h.function, 'residence') = 'residence' AND h.start_day <= $at_day AND h.end_day > $at_day AND p.id <> l.id
WITH a, b, tie, workers_housed, count(DISTINCT p) AS workers_here,
     collect(DISTINCT h.source) AS homes, collect(DISTINCT o.source) AS owners, collect(DISTINCT w.source) AS jobs
RETURN a.id AS address, b.id AS business, workers_here, workers_housed, tie,
       CASE WHEN workers_housed >= $many_workers THEN 'strong' ELSE 'medium' END AS strength,
       coalesce(a.kind, '') = 'agricultural' OR (left(coalesce(b.sbi, ''), 2) = '01' AND EXISTS { MATCH (b)-[:ESTABLISHED_AT]->(a) }) AS explained_farm,
       EXISTS { MATCH (a)<-[f:FOR_PREMISES]-(li:Licence)
                WHERE li.kind = 'worker_lodging' AND f.start_day <= $at_day AND f.end_day > $at_day
                  AND li.status = 'active' AND coalesce(li.valid_from_day, $at_day) <= $at_day AND coalesce(li.valid_until_day, $at_day + 1) > $at_day } AS explained_licensed_lodging,
       homes + owners + jobs AS sources
ORDER BY workers_housed DESC, address, business, tie DESC
