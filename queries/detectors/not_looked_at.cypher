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
// Visits and signals meet in one grouping: a list of all visited sectors, looked through for each subject, grows with the square.
CALL {
  MATCH (i:Inspection)-[:INSPECTED]->(n)
  WHERE i.date_day <= $at_day AND i.date_day > $at_day - $look_back_days
  OPTIONAL MATCH (n)-[:ESTABLISHED_AT]->(seat:Address)
  RETURN coalesce(CASE WHEN n:Address THEN n.municipality ELSE seat.municipality END, 'unknown') + ' '
         + CASE WHEN n:Address THEN coalesce(n.kind, 'unknown') ELSE coalesce(left(n.sbi, 2), 'unknown') END AS coverage,
         1 AS visits, null AS subject, [] AS origins
  UNION ALL
  MATCH (i:Inspection)-[:INSPECTED]->(n)<-[:ESTABLISHED_AT]-(tenant:Business)
  WHERE i.date_day <= $at_day AND i.date_day > $at_day - $look_back_days
  RETURN coalesce(n.municipality, 'unknown') + ' ' + coalesce(left(tenant.sbi, 2), 'unknown') AS coverage,
         1 AS visits, null AS subject, [] AS origins
  UNION ALL
  MATCH (s:Signal)
  WITH s
  MATCH (s)-[:CONCERNS]->(n)
  WHERE (n:Business OR n:Address) AND (s.expires_day IS NULL OR s.expires_day > $at_day)
    AND coalesce(s.observed_day, s.reported_day, $at_day) <= $at_day
    AND coalesce(s.observed_day, s.reported_day, $at_day) > $at_day - $look_back_days
  OPTIONAL MATCH (n)-[:ESTABLISHED_AT]->(seat:Address)
  WITH n, collect(DISTINCT coalesce(s.origin, s.id)) AS origins, min(CASE WHEN n:Address THEN n.municipality ELSE seat.municipality END) AS town
  RETURN coalesce(town, 'unknown') + ' '
         + CASE WHEN n:Address THEN coalesce(n.kind, 'unknown') ELSE coalesce(left(n.sbi, 2), 'unknown') END AS coverage,
         0 AS visits, n.id AS subject, origins
}
WITH coverage, sum(visits) AS inspections, count(DISTINCT subject) AS concerned, collect(origins) AS lists
WHERE inspections = 0
UNWIND lists AS origins
UNWIND origins AS origin
WITH coverage, concerned, inspections, collect(DISTINCT origin) AS sources
WHERE size(sources) >= $min_signals
RETURN coverage, size(sources) AS origins, concerned, inspections, sources
ORDER BY origins DESC, coverage
