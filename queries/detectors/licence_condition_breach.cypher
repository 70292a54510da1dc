//| id: licence_condition_breach
//| version: 2
//| status: stable
//| barrier: labour
//| title: A condition of a licence is not kept
//| asks: At which licensed premises do people live against the conditions, stay more people than allowed, or did an inspection find a breach?
//| says: 'condition {breach} at {address}: found {found}'
//| misses: Premises nobody visited. Conditions that are not in the delivered register.
//| key: [licence, breach]
//| absent: []
//| personal_data: indirect
//| source: DOMAIN 3.2 no. 36 to 38 and case note Arnhem-Emmen scenario 9 (person registered at a licensed venue). Conditions stand in the licence.
//| params:
//|   look_back_days: {default: 365, unit: days, about: How long before the day looked at an inspection still counts.}
//| facts:
//|   breach: {unit: text, about: 'Which condition.', source: licence_register}
//|   found: {unit: persons or visits, about: 'Number of people or of inspections with a breach.', source: '', lower_bound: true}
//|   allowed: {unit: persons, about: 'Number the condition allows.', source: licence_register}
//|   address: {unit: id, about: 'The premises.', source: licence_register}
//| explanations:
//|   manager_lives_in: Everybody who lives there holds or manages the licence.

MATCH (l:Licence)-[f:FOR_PREMISES]->(a:Address)
WHERE l.status = 'active' AND coalesce(l.valid_from_day, $at_day) <= $at_day AND coalesce(l.valid_until_day, $at_day + 1) > $at_day
  AND f.start_day <= $at_day AND f.end_day > $at_day AND 'no_living_in' IN coalesce(l.conditions, [])
MATCH (p:Person)-[h:REGISTERED_AT|STAYS_AT]->(a)
WHERE h.end_day > $at_day AND h.start_day <= $at_day AND coalesce(h.function, 'residence') = 'residence'
WITH l, a, count(DISTINCT p) AS found, collect(DISTINCT p) AS people, collect(DISTINCT h.source) AS sources
RETURN l.id AS licence, 'no_living_in' AS breach, a.id AS address, found, 0 AS allowed,
       CASE WHEN found >= 3 THEN 'strong' ELSE 'medium' END AS strength,
       size([p IN people WHERE EXISTS { MATCH (p)-[:HOLDS|MANAGES]->(l) }]) = found AS explained_manager_lives_in, sources
ORDER BY licence, breach
UNION
MATCH (l:Licence)-[f:FOR_PREMISES]->(a:Address)
WHERE l.status = 'active' AND coalesce(l.valid_from_day, $at_day) <= $at_day AND coalesce(l.valid_until_day, $at_day + 1) > $at_day
  AND f.start_day <= $at_day AND f.end_day > $at_day
UNWIND coalesce(l.conditions, []) AS condition
WITH l, a, condition
WHERE condition STARTS WITH 'max_persons='
WITH l, a, toInteger(substring(condition, 12)) AS allowed
MATCH (p:Person)-[h:REGISTERED_AT|STAYS_AT]->(a)
WHERE h.end_day > $at_day AND h.start_day <= $at_day AND coalesce(h.function, 'residence') = 'residence'
WITH l, a, allowed, count(DISTINCT p) AS found, collect(DISTINCT h.source) AS sources
WHERE found > allowed
RETURN l.id AS licence, 'max_persons' AS breach, a.id AS address, found, allowed,
       CASE WHEN found >= 2 * allowed THEN 'strong' ELSE 'medium' END AS strength,
       false AS explained_manager_lives_in, sources
ORDER BY licence, breach
UNION
// A business may sit at several premises and hold several licences; only the visit to the premises counts.
MATCH (l:Licence)-[f:FOR_PREMISES]->(a:Address)<-[:INSPECTED]-(i:Inspection)
WHERE l.status = 'active' AND coalesce(l.valid_from_day, $at_day) <= $at_day AND coalesce(l.valid_until_day, $at_day + 1) > $at_day
  AND f.start_day <= $at_day AND f.end_day > $at_day
  AND i.outcome = 'breach' AND i.date_day <= $at_day AND i.date_day > $at_day - $look_back_days
WITH l, a, count(DISTINCT i) AS found, collect(DISTINCT i.id) AS sources
RETURN l.id AS licence, 'inspection' AS breach, a.id AS address, found, null AS allowed,
       CASE WHEN found >= 2 THEN 'strong' ELSE 'medium' END AS strength, false AS explained_manager_lives_in, sources
ORDER BY licence, breach
