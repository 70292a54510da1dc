//| id: signals_at_two_barriers
//| version: 1
//| status: stable
//| barrier: across
//| title: Independent signals at two or more barriers
//| asks: Which addresses, businesses and licences have independent signals at two or more barriers?
//| says: '{origins:independent signal|independent signals} at {barriers}, held by {holders}'
//| misses: Signals about the people only. Signals that expired. Partners who share a story without saying so in the origin.
//| key: [subject]
//| absent: []
//| personal_data: indirect
//| source: DOMAIN 3.2 no. 54 (signals at two or more barriers within a window; one report copied by several partners counts once).
//| params:
//|   min_barriers: {default: 2, unit: barriers, about: Smallest number of barriers.}
//|   min_origins: {default: 2, unit: origins, about: Smallest number of independent origins.}
//|   strong_origins: {default: 3, unit: origins, about: Number of origins that are not doubtful from which the finding is strong.}
//|   look_back_days: {default: 730, unit: days, about: How long before the day looked at a signal still counts.}
//| facts:
//|   barriers: {unit: barriers, about: 'Barriers the signals are at.', source: '', lower_bound: true}
//|   origins: {unit: origins, about: 'Independent origins; signals with one origin count once.', source: '', lower_bound: true}
//|   reports: {unit: signals, about: 'Signals received, copies included.', source: '', lower_bound: true}
//|   holders: {unit: partners, about: 'Partners that hold them.', source: '', lower_bound: true}
//|   doubtful_origins: {unit: origins, about: 'Origins with doubtful signals only.', source: '', lower_bound: true}
//|   first_seen: {unit: date, about: 'Oldest signal.', source: ''}
//| explanations:
//|   mostly_doubtful: Without the doubtful signals fewer than two independent origins remain.

MATCH (s:Signal)-[:CONCERNS]->(n)
WHERE (n:Address OR n:Business OR n:Licence) AND s.barrier IS NOT NULL
  AND (s.expires_day IS NULL OR s.expires_day > $at_day)
  AND coalesce(s.observed_day, s.reported_day, $at_day) <= $at_day
  AND coalesce(s.observed_day, s.reported_day, $at_day) > $at_day - $look_back_days
WITH n.id AS subject, count(DISTINCT s) AS reports, count(DISTINCT s.barrier) AS crossed, collect(DISTINCT s.barrier) AS steps,
     collect(DISTINCT s.holder) AS partners, collect(DISTINCT coalesce(s.origin, s.id)) AS sources, min(coalesce(s.observed, s.reported)) AS first_seen,
     count(DISTINCT CASE WHEN coalesce(s.reliability, '') <> 'doubtful' THEN coalesce(s.origin, s.id) END) AS sure_origins
WHERE crossed >= $min_barriers AND size(sources) >= $min_origins
UNWIND steps AS step
WITH subject, reports, crossed, partners, sources, sure_origins, first_seen, step ORDER BY step
WITH subject, reports, crossed, partners, sources, sure_origins, first_seen, collect(step) AS barriers
UNWIND CASE WHEN size(partners) = 0 THEN [null] ELSE partners END AS partner
WITH subject, reports, crossed, sources, sure_origins, first_seen, barriers, partner ORDER BY partner
WITH subject, reports, crossed, sources, sure_origins, first_seen, barriers, collect(partner) AS holders
RETURN subject, barriers, size(sources) AS origins, reports, holders, size(sources) - sure_origins AS doubtful_origins, first_seen,
       CASE WHEN sure_origins >= $strong_origins THEN 'strong' ELSE 'medium' END AS strength,
       sure_origins < $min_origins AS explained_mostly_doubtful, sources
ORDER BY origins DESC, subject
