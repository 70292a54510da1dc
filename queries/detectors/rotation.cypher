//| id: rotation
//| version: 3
//| status: stable
//| barrier: housing
//| title: The same people move around the addresses of one landlord
//| asks: Which landlord's addresses do the same people move between, again and again?
//| says: '{rotating_persons} people moved between the {addresses} addresses of the landlord again and again'
//| misses: Landlords who use several names. Moves that nobody registered or reported.
//| key: [subject]
//| anchor: Business|Person
//| reach:
//|   - LETS|OWNS
//|   - LETS|OWNS REGISTERED_AT|STAYS_AT
//| absent: []
//| excepts: [LETS, OWNS]
//| personal_data: indirect
//| source: DOMAIN 3.2 no. 11 (the same group of persons moving between few addresses). The threshold is this project's.
//| params:
//|   min_persons: {default: 4, unit: persons, about: Smallest number of people who move around.}
//|   many_persons: {default: 8, unit: persons, about: Number of people from which the finding is strong.}
//|   min_stays: {default: 3, unit: stays, about: Smallest number of stays of each of them.}
//|   min_addresses: {default: 2, unit: addresses, about: Smallest number of addresses each of them stayed at.}
//|   max_addresses: {default: 50, unit: addresses, about: Landlords with more addresses (corporations) are left out.}
//|   look_back_days: {default: 730, unit: days, about: How long before the day looked at a stay still counts.}
//| facts:
//|   rotating_persons: {unit: persons, about: 'People with several stays at these addresses.', source: BRP, lower_bound: true}
//|   addresses: {unit: addresses, about: 'Addresses of this landlord.', source: BRK}
//|   between: {unit: ids, about: 'The addresses between which they moved.', source: BRP}
//| explanations:
//|   licensed_lodging: All addresses of the landlord have a licence for room letting or worker lodging.

// The degree is cheap to look up and leaves the corporations out early; the exact number comes below.
MATCH (l:Business|Person)
WHERE
  // anchors: l.id IN $anchors AND
  COUNT { (l)-[:LETS|OWNS]->(:Address) } >= $min_addresses
  AND COUNT { (l)-[:LETS|OWNS]->(:Address) } <= 10 * $max_addresses
MATCH (l)-[o:LETS|OWNS]->(a:Address)
WHERE o.end_day > $at_day - $look_back_days AND o.start_day <= $at_day
WITH l, collect(DISTINCT a) AS houses, collect(DISTINCT a.id) AS addresses
WHERE size(addresses) >= $min_addresses AND size(addresses) <= $max_addresses
UNWIND houses AS a
MATCH (p:Person)-[r:REGISTERED_AT|STAYS_AT]->(a)
WHERE coalesce(r.function, 'residence') = 'residence' AND coalesce(r.source, '') <> 'register_correction'
  AND r.end_day > $at_day - $look_back_days AND r.start_day <= $at_day AND p.id <> l.id
WITH l, addresses, p, count(DISTINCT a) AS places, count(r) AS stays, collect(DISTINCT a.id) AS visited, collect(DISTINCT r.source) AS sources
WHERE places >= $min_addresses AND stays >= $min_stays
WITH l, addresses, count(p) AS rotating_persons, collect(visited) AS lists, collect(sources) AS many
WHERE rotating_persons >= $min_persons
WITH l, addresses, rotating_persons, reduce(s = [], v IN lists | s + v) AS visited, reduce(s = [], v IN many | s + v) AS sources,
     COUNT { MATCH (l)-[:LETS|OWNS]->(x:Address) WHERE EXISTS { MATCH (x)<-[f:FOR_PREMISES]-(li:Licence)
                WHERE li.kind IN ['room_letting', 'worker_lodging'] AND f.start_day <= $at_day AND f.end_day > $at_day
                  AND li.status = 'active' AND coalesce(li.valid_from_day, $at_day) <= $at_day AND coalesce(li.valid_until_day, $at_day + 1) > $at_day } } AS licensed
UNWIND visited AS house
WITH l, addresses, rotating_persons, licensed, sources, house ORDER BY house
WITH l, addresses, rotating_persons, licensed, sources, collect(DISTINCT house) AS between
// A person is never a subject: where the landlord is a person, the addresses are.
UNWIND CASE WHEN labels(l)[0] = 'Business' THEN [l.id] ELSE between END AS subject
RETURN DISTINCT subject, rotating_persons, size(addresses) AS addresses, between,
       CASE WHEN rotating_persons >= $many_persons THEN 'strong' ELSE 'medium' END AS strength,
       licensed >= size(addresses) AS explained_licensed_lodging, sources
ORDER BY rotating_persons DESC, subject
