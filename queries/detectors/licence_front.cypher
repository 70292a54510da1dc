//| id: licence_front
//| version: 2
//| status: stable
//| barrier: labour
//| title: One manager on many licences
//| asks: Which licences name a manager who is also named on licences of other holders or premises?
//| says: 'its manager is named on {managed_licences:active licence|active licences}, for {premises} premises of {holders:holder|holders}'
//| misses: Managers who lend their name once. Whether the manager is ever present.
//| key: [licence]
//| absent: []
//| personal_data: indirect
//| source: DOMAIN 3.2 no. 37 (one manager named on many licences). The threshold is this project's.
//| params:
//|   min_licences: {default: 3, unit: licences, about: Smallest number of active licences with the same manager.}
//|   many_licences: {default: 5, unit: licences, about: Number from which the finding is strong.}
//|   min_spread: {default: 3, unit: premises or holders, about: Smallest number of different premises or of different holders.}
//| facts:
//|   managed_licences: {unit: licences, about: 'Active licences that name the same manager.', source: licence_register, lower_bound: true}
//|   premises: {unit: addresses, about: 'Different premises among them.', source: licence_register, lower_bound: true}
//|   holders: {unit: parties, about: 'Different holders among them.', source: licence_register, lower_bound: true}
//| explanations:
//|   chain: All the licences belong to one holder.

// A person is never a subject: the licences are.
MATCH (m:Person)-[r:MANAGES]->(l:Licence)
WHERE r.start_day <= $at_day AND r.end_day > $at_day 
  AND l.status = 'active' AND coalesce(l.valid_from_day, $at_day) <= $at_day AND coalesce(l.valid_until_day, $at_day + 1) > $at_day
WITH m, count(DISTINCT l) AS managed_licences, collect(DISTINCT l) AS licences, collect(DISTINCT r.source) AS sources
WHERE managed_licences >= $min_licences
UNWIND licences AS l
OPTIONAL MATCH (l)-[:FOR_PREMISES]->(a:Address)
OPTIONAL MATCH (h)-[:HOLDS]->(l)
WITH m, managed_licences, sources, licences, count(DISTINCT a) AS premises, count(DISTINCT h) AS holders
WHERE premises >= $min_spread OR holders >= $min_spread
UNWIND licences AS l
WITH l, max(managed_licences) AS managed_licences, max(premises) AS premises, max(holders) AS holders, collect(sources) AS many
RETURN l.id AS licence, managed_licences, premises, holders,
       CASE WHEN managed_licences >= $many_licences THEN 'strong' ELSE 'medium' END AS strength,
       holders = 1 AS explained_chain, reduce(s = [], v IN many | s + v) AS sources
ORDER BY managed_licences DESC, licence
