//| id: arrival_burst
//| version: 2
//| status: stable
//| barrier: entry
//| title: Many people registered at one address within a short time
//| asks: At which addresses did many people register within a few weeks?
//| says: '{arrivals} people registered here within the window that began on {window_from}; minors among all arrivals: {minors}'
//| misses: People who are brought in but never registered. Arrivals spread evenly over the year. Whether they knew each other.
//| key: [address]
//| anchor: Address
//| reach:
//|   - REGISTERED_AT
//| absent: []
//| personal_data: indirect
//| source: DOMAIN 3.2 no. 2 (burst of arrivals at one address). The threshold is this project's and can be changed.
//| params:
//|   min_persons: {default: 6, unit: persons, about: Smallest number of arrivals that counts as a burst.}
//|   many_persons: {default: 12, unit: persons, about: Number of arrivals from which the burst is strong.}
//|   window_days: {default: 30, unit: days, about: Length of the window in which the arrivals fall.}
//|   look_back_days: {default: 365, unit: days, about: How long before the day looked at a burst still counts.}
//|   family_adults: {default: 4, unit: persons, about: Largest number of adults in a family.}
//| facts:
//|   arrivals: {unit: persons, about: 'Largest number that registered within the window.', source: BRP, lower_bound: true}
//|   window_from: {unit: date, about: 'First day of that window.', source: BRP}
//|   minors: {unit: persons, about: 'Minors by birth year among all arrivals looked at.', source: BRP}
//| explanations:
//|   family: One family, by birth years, arriving on one day.
//|   institution: The address is an institution (care, reception, students).
//|   licensed_lodging: An active licence for room letting or worker lodging stands on the address.
//|   first_use: Nobody was registered here before; it may be a new building.

// First the addresses with enough arrivals, then everything about those few.
// Corrections of the register (splits, renumbering) move many people on one day without anybody arriving.
MATCH (a:Address)
WHERE
  // anchors: a.id IN $anchors AND
  COUNT { (a)<-[:REGISTERED_AT]-(:Person) } >= $min_persons
MATCH (a)<-[r:REGISTERED_AT]-(p:Person)
WHERE r.start_day > $at_day - $look_back_days AND r.start_day <= $at_day
  AND coalesce(r.function, 'residence') = 'residence' AND coalesce(r.source, '') <> 'register_correction'
WITH a, count(DISTINCT p) AS persons
WHERE persons >= $min_persons
MATCH (a)<-[r:REGISTERED_AT]-(p:Person)
WHERE r.start_day > $at_day - $look_back_days AND r.start_day <= $at_day
  AND coalesce(r.function, 'residence') = 'residence' AND coalesce(r.source, '') <> 'register_correction'
WITH a, persons, collect(r.start_day) AS days, min(r.start_day) AS earliest,
     collect(DISTINCT r.start_day) AS first_days, collect(DISTINCT r.source) AS sources,
     count(DISTINCT CASE WHEN toInteger(substring($at, 0, 4)) - p.birth_year < 18 THEN p.id END) AS minors
UNWIND first_days AS begin
WITH a, persons, earliest, first_days, sources, minors, begin,
     size([d IN days WHERE d >= begin AND d < begin + $window_days]) AS arrivals
WITH a, persons, earliest, first_days, sources, minors, max(arrivals) AS arrivals,
     collect({begin: begin, arrivals: arrivals}) AS windows
WHERE arrivals >= $min_persons
WITH a, persons, earliest, first_days, sources, minors, arrivals,
     reduce(f = $at_day, w IN windows | CASE WHEN w.arrivals = arrivals AND w.begin < f THEN w.begin ELSE f END) AS begin
RETURN a.id AS address, arrivals, toString(date('1970-01-01') + duration({days: begin})) AS window_from, minors,
       CASE WHEN arrivals >= $many_persons THEN 'strong' ELSE 'medium' END AS strength,
       minors >= 1 AND persons - minors <= $family_adults AND size(first_days) = 1 AS explained_family,
       coalesce(a.kind, '') = 'institution' AS explained_institution,
       EXISTS { MATCH (a)<-[f:FOR_PREMISES]-(l:Licence)
                WHERE l.kind IN ['room_letting', 'worker_lodging'] AND f.start_day <= $at_day AND f.end_day > $at_day
                  AND l.status = 'active' AND coalesce(l.valid_from_day, $at_day) <= $at_day AND coalesce(l.valid_until_day, $at_day + 1) > $at_day } AS explained_licensed_lodging,
       NOT EXISTS { MATCH (a)<-[e:REGISTERED_AT]-(:Person) WHERE e.start_day < earliest OR e.`from` IS NULL } AS explained_first_use,
       sources
ORDER BY arrivals DESC, address
