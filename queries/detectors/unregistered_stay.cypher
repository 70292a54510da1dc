//| id: unregistered_stay
//| version: 2
//| status: stable
//| barrier: identity
//| title: People stay longer than four months without being registered
//| asks: At which addresses do people stay for more than four months without a registration anywhere?
//| says: '{persons:person|people} here without a registration anywhere, the longest for {longest_days} days'
//| misses: Stays that nobody reported. Stays whose start is not known. People who are registered in another region.
//| key: [address]
//| anchor: Address
//| reach:
//|   - STAYS_AT
//|   - STAYS_AT REGISTERED_AT
//| absent: [REGISTERED_AT]
//| personal_data: indirect
//| source: Wet BRP art. 2.38 (a stay longer than four months within half a year is registered within five days); DOMAIN 5 and 3.2 no. 8.
//| params:
//|   max_days: {default: 122, unit: days, about: Longest stay without a registration (four months).}
//|   min_persons: {default: 1, unit: persons, about: Smallest number of people.}
//|   many_persons: {default: 4, unit: persons, about: Number of people from which the finding is strong.}
//| facts:
//|   persons: {unit: persons, about: 'People who stay here longer than allowed without a registration.', source: '', lower_bound: true}
//|   longest_days: {unit: days, about: 'Longest stay so far.', source: '', lower_bound: true}
//| explanations:
//|   institution: The address is an institution; registration may be waived or kept elsewhere.

MATCH (a:Address)<-[s:STAYS_AT]-(p:Person)
WHERE
  // anchors: a.id IN $anchors AND
  s.start_day <= $at_day - $max_days AND s.end_day > $at_day AND s.start_day > $unknown_start
  AND NOT EXISTS { MATCH (p)-[r:REGISTERED_AT]->(:Address)
                   WHERE coalesce(r.function, 'residence') = 'residence' AND r.possible_start_day <= $at_day AND r.possible_end_day > $at_day }
WITH a, count(DISTINCT p) AS persons, $at_day - min(s.start_day) AS longest_days, collect(DISTINCT s.source) AS sources
WHERE persons >= $min_persons
RETURN a.id AS address, persons, longest_days, persons - $min_persons AS spare,
       CASE WHEN persons >= $many_persons THEN 'strong' ELSE 'medium' END AS strength,
       coalesce(a.kind, '') = 'institution' AS explained_institution, sources
ORDER BY persons DESC, address
