//| id: letting_without_licence
//| version: 2
//| status: stable
//| barrier: housing
//| title: A house of unrelated adults or agency workers without a letting licence
//| asks: Which let houses hold several unrelated adults or agency workers without a licence for room letting or worker lodging?
//| says: '{residents} people live here, {adults:adult|adults} and {agency_workers:agency worker|agency workers} among them; no active letting licence'
//| misses: Licences filed under another address. Municipalities whose bylaw asks no licence. Residents nobody registered or reported.
//| key: [address]
//| anchor: Address
//| reach:
//|   - REGISTERED_AT|STAYS_AT Person
//|   - REGISTERED_AT|STAYS_AT WORKS_FOR
//|   - LETS|OWNS
//|   - FOR_PREMISES Licence
//| absent: [FOR_PREMISES]
//| excepts: [REGISTERED_AT, STAYS_AT]
//| personal_data: indirect
//| source: DOMAIN 3.2 no. 23 (letting without the required permit); Huisvestingswet 2014 art. 21, Wet goed verhuurderschap art. 5.
//| params:
//|   kinds: {default: [dwelling, unknown], unit: values, about: Kinds of address that are looked at.}
//|   min_adults: {default: 5, unit: persons, about: Smallest number of adults that are no family.}
//|   min_agency: {default: 3, unit: persons, about: Smallest number of agency workers.}
//|   many_persons: {default: 8, unit: persons, about: Number of residents from which the finding is strong.}
//|   family_adults: {default: 4, unit: persons, about: Largest number of adults in a family.}
//| facts:
//|   residents: {unit: persons, about: 'People registered or seen here on the day.', source: '', lower_bound: true}
//|   adults: {unit: persons, about: 'Adults among them, by birth year; unknown counts as adult.', source: BRP, lower_bound: true}
//|   agency_workers: {unit: persons, about: 'Agency workers among them.', source: '', lower_bound: true}
//| explanations:
//|   no_licences_here: No such licence is known in the whole municipality; perhaps none is asked, or the file is missing.

// The towns with such licences are collected once: counting the licences for each house grows with the square of both.
// Then where enough people live (somebody registered and seen counts twice here, and once below), then whether it is let.
MATCH (known:Licence)-[:FOR_PREMISES]->(other:Address)
WHERE known.kind IN ['room_letting', 'worker_lodging']
WITH collect(DISTINCT other.municipality) AS towns
MATCH (a:Address)
WHERE
  // anchors: a.id IN $anchors AND
  a.kind IN $kinds
WITH towns, a, COUNT { MATCH (a)<-[h:REGISTERED_AT|STAYS_AT]-(:Person)
                       WHERE h.end_day > $at_day AND h.start_day <= $at_day AND coalesce(h.function, 'residence') = 'residence' } AS stays
WHERE stays >= $min_adults
   OR (stays >= $min_agency
       AND COUNT { MATCH (a)<-[h:REGISTERED_AT|STAYS_AT]-(:Person)-[w:WORKS_FOR]->(:Business)
                   WHERE h.end_day > $at_day AND h.start_day <= $at_day AND coalesce(h.function, 'residence') = 'residence'
                     AND w.form = 'agency' AND w.start_day <= $at_day AND w.end_day > $at_day } >= $min_agency)
// It is let when somebody lets it, or when an owner does not live there.
MATCH (a)<-[o:LETS|OWNS]-(l)
WHERE o.start_day <= $at_day AND o.end_day > $at_day
  AND (type(o) = 'LETS' OR l:Business
       OR NOT EXISTS { MATCH (l)-[own:REGISTERED_AT|STAYS_AT]->(a) WHERE own.start_day <= $at_day AND own.end_day > $at_day })
WITH DISTINCT towns, a
MATCH (a)<-[h:REGISTERED_AT|STAYS_AT]-(p:Person)
WHERE h.end_day > $at_day AND h.start_day <= $at_day AND coalesce(h.function, 'residence') = 'residence'
OPTIONAL MATCH (p)-[w:WORKS_FOR]->(:Business)
WHERE w.form = 'agency' AND w.start_day <= $at_day AND w.end_day > $at_day
WITH towns, a, count(DISTINCT p.id) AS residents, collect(DISTINCT h.source) AS sources,
     count(DISTINCT CASE WHEN toInteger(substring($at, 0, 4)) - p.birth_year < 18 THEN p.id END) AS minors,
     count(DISTINCT CASE WHEN w IS NOT NULL THEN p.id END) AS agency_workers
WITH towns, a, residents, sources, minors, agency_workers, residents - minors AS adults
WHERE (adults >= $min_adults AND NOT (minors >= 1 AND adults <= $family_adults)) OR agency_workers >= $min_agency
WITH towns, a, residents, sources, agency_workers, adults
WHERE NOT EXISTS { MATCH (a)<-[f:FOR_PREMISES]-(li:Licence)
                   WHERE li.kind IN ['room_letting', 'worker_lodging'] AND f.start_day <= $at_day AND f.end_day > $at_day
                     AND li.status = 'active' AND coalesce(li.valid_from_day, $at_day) <= $at_day AND coalesce(li.valid_until_day, $at_day + 1) > $at_day }
RETURN a.id AS address, residents, adults, agency_workers,
       CASE WHEN residents >= $many_persons THEN 'strong' ELSE 'medium' END AS strength,
       NOT coalesce(a.municipality IN towns, false) AS explained_no_licences_here, sources
ORDER BY residents DESC, address
