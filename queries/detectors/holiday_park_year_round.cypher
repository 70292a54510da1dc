//| id: holiday_park_year_round
//| version: 1
//| status: stable
//| barrier: housing
//| title: People live in a holiday unit all year
//| asks: In which recreational units do several people stay for half a year or longer?
//| says: '{persons} people have lived in this holiday unit for half a year or longer, up to {longest_days} days'
//| misses: Units that stand in the register as dwellings. Stays that nobody registered or reported.
//| key: [address]
//| absent: []
//| personal_data: indirect
//| source: DOMAIN 3.2 no. 25 (holiday-park units with year-round registration). The threshold is this project's.
//| params:
//|   min_persons: {default: 2, unit: persons, about: Smallest number of people.}
//|   many_persons: {default: 5, unit: persons, about: Number of people from which the finding is strong.}
//|   min_days: {default: 180, unit: days, about: Shortest stay that counts as living there.}
//| facts:
//|   persons: {unit: persons, about: 'People who have been here so long.', source: '', lower_bound: true}
//|   longest_days: {unit: days, about: 'Longest stay whose start is known.', source: '', lower_bound: true}
//| explanations:
//|   owner_occupier: An owner is among the people who live here.

MATCH (p:Person)-[h:REGISTERED_AT|STAYS_AT]->(a:Address)
WHERE a.kind = 'recreational' AND coalesce(h.function, 'residence') = 'residence'
  AND h.start_day <= $at_day - $min_days AND h.end_day > $at_day AND h.start_day > $unknown_start
WITH a, count(DISTINCT p) AS persons, collect(DISTINCT p.id) AS people, $at_day - min(h.start_day) AS longest_days, collect(DISTINCT h.source) AS sources
WHERE persons >= $min_persons
RETURN a.id AS address, persons, longest_days,
       CASE WHEN persons >= $many_persons THEN 'strong' ELSE 'medium' END AS strength,
       EXISTS { MATCH (a)<-[:OWNS]-(o:Person) WHERE o.id IN people } AS explained_owner_occupier, sources
ORDER BY persons DESC, address
