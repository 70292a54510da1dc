//| id: not_looked_at
//| version: 1
//| status: stable
//| barrier: across
//| title: Signals, but nobody looked
//| asks: In which sectors of which municipality were there signals but no inspection at all?
//| says: '{origins:independent signal|independent signals} about {concerned:business or address|businesses or addresses}, and no inspection'
//| misses: Inspections that are not in the delivered files. Sectors without any signal.
//| key: [coverage]
//| absent: [INSPECTED]
//| excepts: [ESTABLISHED_AT]
//| personal_data: none
//| strength: weak
//| source: DESIGN 8 rule 7; case note Arnhem-Emmen scenario 1 (blind spot). A statement about our own effort, not a suspicion.
//| params:
//|   min_signals: {default: 1, unit: origins, about: Smallest number of independent signals.}
//|   look_back_days: {default: 730, unit: days, about: How long before the day looked at signals and inspections count.}
//| facts:
//|   origins: {unit: origins, about: 'Independent signals in the sector.', source: '', lower_bound: true}
//|   concerned: {unit: subjects, about: 'Businesses or addresses the signals are about.', source: '', lower_bound: true}
//|   inspections: {unit: inspections, about: 'Inspections in the sector: none.', source: ''}

// The sector of a business is the first two digits of its activity code; that of an address is its kind.
// A visit to an address is a look at the businesses that sit there too.
MATCH (i:Inspection)-[:INSPECTED]->(n)
WHERE i.date_day <= $at_day AND i.date_day > $at_day - $look_back_days
OPTIONAL MATCH (n)-[:ESTABLISHED_AT]->(seat:Address)
OPTIONAL MATCH (n)<-[:ESTABLISHED_AT]-(tenant:Business)
WITH collect(DISTINCT coalesce(CASE WHEN n:Address THEN n.municipality ELSE seat.municipality END, 'unknown') + ' '
             + CASE WHEN n:Address THEN coalesce(n.kind, 'unknown') ELSE coalesce(left(n.sbi, 2), 'unknown') END) AS visited,
     collect(DISTINCT CASE WHEN tenant IS NOT NULL THEN coalesce(n.municipality, 'unknown') + ' ' + coalesce(left(tenant.sbi, 2), 'unknown') END) AS tenants
MATCH (s:Signal)
WITH visited, tenants, s
MATCH (s)-[:CONCERNS]->(n)
WHERE (n:Business OR n:Address) AND (s.expires_day IS NULL OR s.expires_day > $at_day)
  AND coalesce(s.observed_day, s.reported_day, $at_day) <= $at_day
  AND coalesce(s.observed_day, s.reported_day, $at_day) > $at_day - $look_back_days
OPTIONAL MATCH (n)-[:ESTABLISHED_AT]->(seat:Address)
WITH visited, tenants, n, collect(DISTINCT coalesce(s.origin, s.id)) AS origins, min(CASE WHEN n:Address THEN n.municipality ELSE seat.municipality END) AS town
WITH visited, tenants, origins, n, coalesce(town, 'unknown') + ' '
     + CASE WHEN n:Address THEN coalesce(n.kind, 'unknown') ELSE coalesce(left(n.sbi, 2), 'unknown') END AS coverage
WHERE NOT coverage IN visited AND NOT coverage IN tenants
UNWIND origins AS origin
WITH coverage, collect(DISTINCT origin) AS sources, count(DISTINCT n) AS concerned
WHERE size(sources) >= $min_signals
RETURN coverage, size(sources) AS origins, concerned, 0 AS inspections, sources
ORDER BY origins DESC, coverage
