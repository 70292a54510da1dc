//| id: living_in_non_residential
//| version: 2
//| status: stable
//| barrier: housing
//| title: People live in a building that is not for living
//| asks: In which shops, halls, sheds and offices are people registered or seen staying?
//| says: '{residents} people live in an object for {kind} use'
//| misses: Buildings whose purpose in the register is out of date. People nobody registered or reported.
//| key: [address]
//| absent: []
//| personal_data: indirect
//| source: DOMAIN 3.2 no. 18 (non-residential object with residents). Purposes after the BAG.
//| params:
//|   kinds: {default: [commercial, industrial, agricultural], unit: values, about: Kinds of address without a living purpose.}
//|   min_persons: {default: 1, unit: persons, about: Smallest number of residents.}
//|   some_persons: {default: 3, unit: persons, about: Number of residents from which the finding is medium.}
//|   many_persons: {default: 6, unit: persons, about: Number of residents from which the finding is strong.}
//| facts:
//|   residents: {unit: persons, about: 'People registered or seen here on the day.', source: '', lower_bound: true}
//|   kind: {unit: text, about: 'Kind of address.', source: BAG}
//| explanations:
//|   owner_lives_there: The owner, or a director of a business established here, lives here.
//|   licensed_lodging: An active licence for worker lodging or room letting stands on the address.

// An object with woonfunctie among its purposes (a flat above a shop, a farmhouse) may be lived in.
MATCH (a:Address)
WHERE a.kind IN $kinds AND NOT 'woonfunctie' IN coalesce(a.purposes, [])
MATCH (p:Person)-[r:REGISTERED_AT|STAYS_AT]->(a)
WHERE r.end_day > $at_day AND r.start_day <= $at_day AND coalesce(r.function, 'residence') = 'residence'
WITH a, count(DISTINCT p) AS residents, collect(DISTINCT p) AS people, collect(DISTINCT r.source) AS sources
WHERE residents >= $min_persons
RETURN a.id AS address, a.kind AS kind, residents,
       CASE WHEN residents >= $many_persons THEN 'strong' WHEN residents >= $some_persons THEN 'medium' ELSE 'weak' END AS strength,
       EXISTS { MATCH (a)<-[:OWNS]-(o:Person)-[h:REGISTERED_AT]->(a) WHERE h.start_day <= $at_day AND h.end_day > $at_day }
         OR EXISTS { MATCH (a)<-[:ESTABLISHED_AT]-(:Business)<-[:DIRECTS|CONTROLS]-(o:Person)-[h:REGISTERED_AT]->(a) WHERE h.start_day <= $at_day AND h.end_day > $at_day } AS explained_owner_lives_there,
       EXISTS { MATCH (a)<-[f:FOR_PREMISES]-(l:Licence)
                WHERE l.kind IN ['room_letting', 'worker_lodging'] AND f.start_day <= $at_day AND f.end_day > $at_day
                  AND l.status = 'active' AND coalesce(l.valid_from_day, $at_day) <= $at_day AND coalesce(l.valid_until_day, $at_day + 1) > $at_day } AS explained_licensed_lodging,
       sources
ORDER BY residents DESC, address
