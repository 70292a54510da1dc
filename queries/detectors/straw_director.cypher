//| id: straw_director
//| version: 2
//| status: stable
//| barrier: finance
//| title: A director of many businesses who owns none
//| asks: Which businesses have a director who directs many businesses but controls and owns nothing?
//| says: 'one of its directors directs {functions} businesses and owns or controls none; {short_lived} more ended'
//| misses: Straw directors of a few businesses. Shares that are not in the delivered register.
//| key: [business]
//| anchor: Person
//| reach:
//|   - DIRECTS Business
//|   - CONTROLS
//|   - OWNS
//| absent: [CONTROLS, OWNS]
//| personal_data: indirect
//| source: DOMAIN 3.2 no. 49 (straw director - no other assets, many functions). The threshold is this project's.
//| params:
//|   min_functions: {default: 5, unit: businesses, about: Smallest number of businesses directed.}
//|   many_functions: {default: 10, unit: businesses, about: Number from which the finding is strong.}
//| facts:
//|   functions: {unit: businesses, about: 'Businesses in force that one of its directors directs.', source: KVK, lower_bound: true}
//|   short_lived: {unit: businesses, about: 'Businesses of the same director that ended.', source: KVK, lower_bound: true}
//| explanations:
//|   trust_office: The director works for or directs a trust office, accountant or holding (activity code 64, 69, 82).

// A person is never a subject: the businesses are. Young entrepreneurs own what they direct; a straw owns nothing.
MATCH (d:Person)
WHERE
  // anchors: d.id IN $anchors AND
  COUNT { (d)-[:DIRECTS]->(:Business) } >= $min_functions
MATCH (d)-[r:DIRECTS]->(b:Business)
WHERE r.start_day <= $at_day AND r.end_day > $at_day AND coalesce(r.role, 'director') = 'director'
WITH d, count(DISTINCT b) AS every, collect(DISTINCT b) AS group, collect(DISTINCT r.source) AS sources
WHERE every >= $min_functions AND NOT EXISTS { MATCH (d)-[:CONTROLS]->(:Business) } AND NOT EXISTS { MATCH (d)-[:OWNS]->(:Address) }
WITH d, sources, [b IN group WHERE coalesce(b.started_day, $at_day) <= $at_day AND coalesce(b.ended_day, $at_day + 1) > $at_day] AS alive,
     size([b IN group WHERE b.ended_day <= $at_day]) AS short_lived
WHERE size(alive) >= $min_functions
UNWIND alive AS b
WITH b, size(alive) AS functions, short_lived, sources,
     EXISTS { MATCH (d)-[:WORKS_FOR|DIRECTS]->(t:Business) WHERE left(coalesce(t.sbi, ''), 2) IN ['64', '69', '82'] } AS trust_office
ORDER BY functions DESC, short_lived DESC
WITH b, collect({functions: functions, short_lived: short_lived, sources: sources, trust_office: trust_office})[0] AS best
RETURN b.id AS business, best.functions AS functions, best.short_lived AS short_lived,
       CASE WHEN best.functions >= $many_functions THEN 'strong' ELSE 'medium' END AS strength,
       best.trust_office AS explained_trust_office, best.sources AS sources
ORDER BY functions DESC, business
