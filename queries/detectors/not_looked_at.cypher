//| id: not_looked_at
//| version: 1
//| status: stable
//| barrier: across
//| title: Signals, but nobody looked
//| asks: In which sectors of which municipality were there signals but no inspection at all?
//| says: '{origins} independent signals about {concerned} of the {present} subjects present, and no inspection'
//| misses: Inspections that are not in the delivered files. Sectors without any signal.
//| key: [coverage]
//| personal_data: none
//| strength: weak
//| source: DESIGN 8 rule 7; case note Arnhem-Emmen scenario 1 (blind spot). A statement about our own effort, not a suspicion.
//| params:
//|   min_signals: {default: 1, unit: origins, about: Smallest number of independent signals.}
//|   look_back_days: {default: 730, unit: days, about: How long before the day looked at signals and inspections count.}
//| facts:
//|   origins: {unit: origins, about: 'Independent signals in the sector.', source: ''}
//|   concerned: {unit: subjects, about: 'Businesses or addresses the signals are about.', source: ''}
//|   present: {unit: subjects, about: 'Businesses or addresses in this sector and municipality.', source: ''}
//|   inspections: {unit: inspections, about: 'Inspections in the sector: none.', source: ''}

// The sector of a business is the first two digits of its activity code; that of an address is its kind.
MATCH (n)
WHERE n:Business OR n:Address
OPTIONAL MATCH (n)-[e:ESTABLISHED_AT]->(seat:Address)
WITH n, min(CASE WHEN n:Address THEN n.municipality ELSE seat.municipality END) AS town,
     CASE WHEN n:Address THEN coalesce(n.kind, 'unknown') ELSE coalesce(left(n.sbi, 2), 'unknown') END AS sector
OPTIONAL MATCH (s:Signal)-[:CONCERNS]->(n)
WHERE (s.expires_day IS NULL OR s.expires_day > $at_day)
  AND coalesce(s.observed_day, s.reported_day, $at_day) <= $at_day
  AND coalesce(s.observed_day, s.reported_day, $at_day) > $at_day - $look_back_days
WITH n, town, sector, collect(DISTINCT coalesce(s.origin, s.id)) AS heard
OPTIONAL MATCH (i:Inspection)-[:INSPECTED]->(n)
WHERE i.date_day <= $at_day AND i.date_day > $at_day - $look_back_days
WITH n, town, sector, heard, count(i) AS visits
WITH coalesce(town, 'unknown') + ' ' + sector AS coverage, count(n) AS present, sum(visits) AS inspections,
     sum(CASE WHEN size(heard) > 0 THEN 1 ELSE 0 END) AS concerned, collect(CASE WHEN size(heard) > 0 THEN heard END) AS lists
WHERE inspections = 0 AND concerned > 0
UNWIND lists AS heard
UNWIND heard AS origin
WITH coverage, present, inspections, concerned, collect(DISTINCT origin) AS sources
WHERE size(sources) >= $min_signals
RETURN coverage, size(sources) AS origins, concerned, present, inspections, sources
ORDER BY origins DESC, coverage
