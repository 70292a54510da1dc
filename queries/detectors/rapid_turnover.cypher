//| id: rapid_turnover
//| version: 2
//| status: stable
//| barrier: identity
//| title: Many short registrations one after another
//| asks: At which addresses do many people register for a short time and leave?
//| says: '{short_stays} registrations of {persons:person|people} ended within the short term'
//| misses: People who leave without telling the register. Stays that were never registered.
//| key: [address]
//| anchor: Address
//| reach:
//|   - REGISTERED_AT
//| absent: []
//| personal_data: indirect
//| source: DOMAIN 3.2 no. 10 (many short stays). The threshold is this project's.
//| params:
//|   min_stays: {default: 8, unit: stays, about: Smallest number of short stays that counts as many.}
//|   many_stays: {default: 16, unit: stays, about: Number of short stays from which the finding is strong.}
//|   short_days: {default: 90, unit: days, about: A stay shorter than this is short.}
//|   look_back_days: {default: 730, unit: days, about: How long before the day looked at a stay still counts.}
//| facts:
//|   short_stays: {unit: stays, about: 'Registrations that ended within the short term.', source: BRP, lower_bound: true}
//|   persons: {unit: persons, about: 'Different people among them.', source: BRP, lower_bound: true}
//| explanations:
//|   lodging: The address is a lodging, a recreational unit or has an active licence for letting.
//|   institution: The address is an institution (care, shelter, reception).

// Corrections of the register are no departures.
MATCH (a:Address)
WHERE
  // anchors: a.id IN $anchors AND
  COUNT { (a)<-[:REGISTERED_AT]-(:Person) } >= $min_stays
MATCH (p:Person)-[r:REGISTERED_AT]->(a)
WHERE coalesce(r.function, 'residence') = 'residence' AND coalesce(r.source, '') <> 'register_correction'
  AND r.end_day <= $at_day AND r.end_day > $at_day - $look_back_days
  AND r.start_day < r.end_day AND r.end_day - r.start_day < $short_days
WITH a, count(r) AS short_stays, count(DISTINCT p) AS persons, collect(DISTINCT r.source) AS sources
WHERE short_stays >= $min_stays
RETURN a.id AS address, short_stays, persons,
       CASE WHEN short_stays >= $many_stays THEN 'strong' ELSE 'medium' END AS strength,
       coalesce(a.kind, '') IN ['lodging', 'recreational'] OR EXISTS { MATCH (a)<-[f:FOR_PREMISES]-(l:Licence)
                WHERE l.kind IN ['room_letting', 'worker_lodging'] AND f.start_day <= $at_day AND f.end_day > $at_day
                  AND l.status = 'active' AND coalesce(l.valid_from_day, $at_day) <= $at_day AND coalesce(l.valid_until_day, $at_day + 1) > $at_day } AS explained_lodging,
       coalesce(a.kind, '') = 'institution' AS explained_institution, sources
ORDER BY short_stays DESC, address
