//| id: one_sponsor_many
//| version: 2
//| status: stable
//| barrier: entry
//| title: One sponsor for many arrivals
//| asks: Which sponsor, poster of workers or payer of travel brought in many people?
//| says: '{arrivals} people arrived through the same sponsor'
//| misses: Sponsors who use several names. Travel paid in cash. Whether the people were free to leave.
//| key: [subject]
//| anchor: Business|Person
//| reach:
//|   - ARRIVED_THROUGH
//|   - ARRIVED_THROUGH REGISTERED_AT|STAYS_AT
//| absent: []
//| personal_data: indirect
//| source: DOMAIN 3.2 no. 4 and 5 (one sponsor or host for many applications; posting). The threshold is this project's.
//| params:
//|   ways: {default: [sponsored, posted, travel_paid, recruited], unit: values, about: Ways of arriving that count.}
//|   min_persons: {default: 10, unit: persons, about: Smallest number of people that counts as many.}
//|   many_persons: {default: 25, unit: persons, about: Number of people from which the finding is strong.}
//|   min_here: {default: 2, unit: persons, about: Smallest number of them at an address for it to be named where the sponsor is a person.}
//|   look_back_days: {default: 730, unit: days, about: How long before the day looked at an arrival still counts.}
//| facts:
//|   arrivals: {unit: persons, about: 'People who arrived through the same sponsor.', source: IND, lower_bound: true}
//|   living_here: {unit: persons, about: 'How many of them live at this address.', source: BRP, lower_bound: true}
//| explanations:
//|   education_or_public: The sponsor is a school, a university, care or a public body, by legal form or activity code.

// A person is never a subject: where the sponsor is a person, the addresses of the arrived people are.
MATCH (s:Business)<-[r:ARRIVED_THROUGH]-(p:Person)
WHERE
  // anchors: s.id IN $anchors AND
  r.how IN $ways AND r.start_day <= $at_day
  AND (r.start_day > $at_day - $look_back_days OR r.start_day = $unknown_start)
WITH s, count(DISTINCT p) AS arrivals, collect(DISTINCT r.source) AS sources
WHERE arrivals >= $min_persons
RETURN s.id AS subject, arrivals, null AS living_here,
       CASE WHEN arrivals >= $many_persons THEN 'strong' ELSE 'medium' END AS strength,
       coalesce(s.legal_form, '') IN ['publiek', 'stichting'] OR left(coalesce(s.sbi, ''), 2) IN ['84', '85', '86', '87', '88'] AS explained_education_or_public,
       sources
ORDER BY arrivals DESC, subject
UNION
MATCH (s:Person)<-[r:ARRIVED_THROUGH]-(p:Person)
WHERE
  // anchors: s.id IN $anchors AND
  p.id <> s.id AND   r.how IN $ways AND r.start_day <= $at_day
  AND (r.start_day > $at_day - $look_back_days OR r.start_day = $unknown_start)
WITH s, count(DISTINCT p) AS arrivals, collect(DISTINCT p) AS people, collect(DISTINCT r.source) AS sources
WHERE arrivals >= $min_persons
UNWIND people AS p
MATCH (p)-[h:REGISTERED_AT|STAYS_AT]->(a:Address)
WHERE h.start_day <= $at_day AND h.end_day > $at_day
WITH s, a, arrivals, sources, count(DISTINCT p) AS living_here
WHERE living_here >= $min_here
RETURN a.id AS subject, arrivals, living_here,
       CASE WHEN arrivals >= $many_persons THEN 'strong' ELSE 'medium' END AS strength,
       coalesce(a.kind, '') = 'institution' AS explained_education_or_public, sources
ORDER BY arrivals DESC, subject
