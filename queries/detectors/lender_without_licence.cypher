//| id: lender_without_licence
//| version: 3
//| status: stable
//| barrier: labour
//| title: A business lends workers without being registered as a lender
//| asks: Which businesses supply workers to others without being registered for it, or after they ended?
//| says: 'lends workers to {clients:business|businesses}, with activity code {sbi}; {lending_signals:signal|signals} of unregistered lending'
//| misses: The admission register of the Wtta (from 2027) is no table of the model yet. Names that changed. Lending that nobody recorded.
//| key: [business]
//| absent: []
//| personal_data: none
//| source: Waadi art. 7a (registration duty of lenders); DOMAIN 3.2 no. 28. Activity codes of lenders begin with 78.
//| params:
//|   lender_codes: {default: '78', unit: text, about: Beginning of the activity codes of lenders.}
//|   min_clients: {default: 1, unit: businesses, about: Smallest number of hirers.}
//| facts:
//|   clients: {unit: businesses, about: 'Businesses that hire workers from it.', source: '', lower_bound: true}
//|   sbi: {unit: text, about: 'Activity code in the trade register.', source: KVK}
//|   ended: {unit: date, about: 'Day on which it ended.', source: KVK}
//|   lending_signals: {unit: origins, about: 'Independent signals of unregistered lending in force.', source: '', lower_bound: true}
//| explanations:
//|   same_group: Lender and every hirer share a director or owner, or one controls the other.

// Without an activity code nobody knows whether it is registered as a lender.
MATCH (l:Business)-[s:SUPPLIES_WORKERS_TO]->(c:Business)
WHERE s.start_day <= $at_day AND s.end_day > $at_day AND c.id <> l.id
WITH l, count(DISTINCT c) AS clients, collect(DISTINCT c) AS hirers, collect(DISTINCT s.source) AS sources
WHERE clients >= $min_clients
OPTIONAL MATCH (g:Signal)-[:CONCERNS]->(l)
WHERE g.kind = 'unregistered_lending' AND (g.expires_day IS NULL OR g.expires_day > $at_day) AND coalesce(g.reliability, '') <> 'doubtful'
  AND coalesce(g.observed_day, $at_day) <= $at_day
WITH l, clients, hirers, sources, collect(DISTINCT coalesce(g.origin, g.id)) AS heard
WITH l, clients, hirers, sources + heard AS sources, size(heard) AS lending_signals, coalesce(l.ended_day <= $at_day, false) AS gone,
     l.sbi IS NOT NULL AND NOT l.sbi STARTS WITH $lender_codes AS unlisted
WHERE unlisted OR gone OR lending_signals > 0
UNWIND hirers AS c
WITH l, clients, sources, lending_signals, gone, unlisted,
     count(CASE WHEN EXISTS { MATCH (l)-[:CONTROLS|DIRECTS]-(c) } OR EXISTS { MATCH (l)<-[:DIRECTS|CONTROLS]-()-[:DIRECTS|CONTROLS]->(c) } THEN 1 END) AS related
RETURN l.id AS business, clients, l.sbi AS sbi, l.ended AS ended, lending_signals,
       CASE WHEN gone OR lending_signals > 0 THEN 'strong' ELSE 'medium' END AS strength,
       related = clients AS explained_same_group, sources
ORDER BY clients DESC, business
