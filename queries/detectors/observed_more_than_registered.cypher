//| id: observed_more_than_registered
//| version: 4
//| status: stable
//| barrier: housing
//| title: More people seen than registered
//| asks: At which addresses were more people seen or reported than are registered?
//| says: 'people seen here: {observed_persons}; registered: {registered_persons}'
//| misses: Addresses where nobody looked. Visitors who were taken for residents.
//| key: [address]
//| anchor: Address
//| reach:
//|   - REGISTERED_AT|STAYS_AT
//|   - FOR_PREMISES Licence
//| absent: [REGISTERED_AT]
//| excepts: [FOR_PREMISES]
//| personal_data: indirect
//| source: DOMAIN 3.2 no. 16 (persons observed > registered). The threshold is this project's.
//| params:
//|   min_more: {default: 3, unit: persons, about: Smallest difference that counts.}
//|   many_more: {default: 8, unit: persons, about: Difference from which the finding is strong.}
//| facts:
//|   observed_persons: {unit: persons, about: 'People seen or reported staying here on the day.', source: '', lower_bound: true}
//|   registered_persons: {unit: persons, about: 'People registered here on the day.', source: BRP}
//|   permitted_persons: {unit: persons, about: 'Largest number a permit allows.', source: municipality}
//| explanations:
//|   lodging: A lodging without a number in its permit, where guests come and go.
//|   institution: An institution, where guests come and go.

// A camp with a permit or a lodging licence that covers everybody is no hit: not being registered is not enough.
MATCH (p:Person)-[s:STAYS_AT]->(a:Address)
WHERE
  // anchors: a.id IN $anchors AND
  s.start_day <= $at_day AND s.end_day > $at_day
WITH a, count(DISTINCT p) AS observed_persons, collect(DISTINCT s.source) AS sources
WHERE observed_persons >= $min_more
OPTIONAL MATCH (q:Person)-[r:REGISTERED_AT]->(a)
WHERE r.end_day > $at_day AND r.start_day <= $at_day AND coalesce(r.function, 'residence') = 'residence'
WITH a, observed_persons, sources, count(DISTINCT q) AS registered_persons
WHERE observed_persons - registered_persons >= $min_more
  AND (a.permitted_occupants IS NULL OR observed_persons > a.permitted_occupants)
OPTIONAL MATCH (l:Licence)-[f:FOR_PREMISES]->(a)
WHERE l.kind = 'worker_lodging' AND f.start_day <= $at_day AND f.end_day > $at_day
  AND l.status = 'active' AND coalesce(l.valid_from_day, $at_day) <= $at_day AND coalesce(l.valid_until_day, $at_day + 1) > $at_day
// max_persons alone: a number of persons that cannot be read, which covers nobody.
WITH a, observed_persons, registered_persons, sources,
     sum(CASE WHEN l IS NULL OR 'max_persons' IN coalesce(l.conditions, []) THEN 0 ELSE 1 END) AS licences,
     max(reduce(n = 0, c IN coalesce(l.conditions, []) | CASE WHEN c STARTS WITH 'max_persons=' THEN toInteger(substring(c, 12)) ELSE n END)) AS licensed
WHERE licences = 0 OR (licensed > 0 AND observed_persons > licensed)
RETURN a.id AS address, observed_persons, registered_persons, a.permitted_occupants AS permitted_persons, observed_persons - registered_persons - $min_more AS spare,
       CASE WHEN observed_persons - registered_persons >= $many_more THEN 'strong' ELSE 'medium' END AS strength,
       coalesce(a.kind, '') = 'lodging' AND a.permitted_occupants IS NULL AS explained_lodging,
       coalesce(a.kind, '') = 'institution' AS explained_institution, sources
ORDER BY observed_persons - registered_persons DESC, address
