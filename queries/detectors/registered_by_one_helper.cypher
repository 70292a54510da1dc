//| id: registered_by_one_helper
//| version: 2
//| status: stable
//| barrier: entry
//| title: One helper registered many people
//| asks: Who registered many other people with the municipality?
//| says: '{registered_persons} people were registered by the same helper'
//| misses: Helpers who are not recorded at the desk. Helpers with several names.
//| key: [subject]
//| anchor: Business|Person
//| reach:
//|   - ARRIVED_THROUGH
//|   - ARRIVED_THROUGH REGISTERED_AT|STAYS_AT
//| absent: []
//| personal_data: indirect
//| source: DOMAIN 3.2 no. 1 (many first registrations with the same helper). The threshold is this project's.
//| params:
//|   min_persons: {default: 5, unit: persons, about: Smallest number of people that counts as many.}
//|   many_persons: {default: 12, unit: persons, about: Number of people from which the finding is strong.}
//|   min_here: {default: 2, unit: persons, about: Smallest number of them at an address for it to be named where the helper is a person.}
//|   look_back_days: {default: 730, unit: days, about: How long before the day looked at a registration still counts.}
//| facts:
//|   registered_persons: {unit: persons, about: 'People who were registered by the same helper.', source: civil_registry, lower_bound: true}
//|   living_here: {unit: persons, about: 'How many of them live at this address.', source: BRP, lower_bound: true}
//| explanations:
//|   public_or_care: The helper is a public body, a foundation, a school or care.

MATCH (h:Business)<-[r:ARRIVED_THROUGH]-(p:Person)
WHERE
  // anchors: h.id IN $anchors AND
  r.how = 'registered_by' AND r.start_day <= $at_day
  AND (r.start_day > $at_day - $look_back_days OR r.start_day = $unknown_start)
WITH h, count(DISTINCT p) AS registered_persons, collect(DISTINCT r.source) AS sources
WHERE registered_persons >= $min_persons
RETURN h.id AS subject, registered_persons, null AS living_here,
       CASE WHEN registered_persons >= $many_persons THEN 'strong' ELSE 'medium' END AS strength,
       coalesce(h.legal_form, '') IN ['publiek', 'stichting'] OR left(coalesce(h.sbi, ''), 2) IN ['84', '85', '86', '87', '88'] AS explained_public_or_care,
       sources
ORDER BY registered_persons DESC, subject
UNION
// A person is never a subject: where the helper is a person, the addresses of the registered people are.
MATCH (h:Person)<-[r:ARRIVED_THROUGH]-(p:Person)
WHERE
  // anchors: h.id IN $anchors AND
  p.id <> h.id AND   r.how = 'registered_by' AND r.start_day <= $at_day
  AND (r.start_day > $at_day - $look_back_days OR r.start_day = $unknown_start)
WITH h, count(DISTINCT p) AS registered_persons, collect(DISTINCT p) AS people, collect(DISTINCT r.source) AS sources
WHERE registered_persons >= $min_persons
UNWIND people AS p
MATCH (p)-[s:REGISTERED_AT|STAYS_AT]->(a:Address)
WHERE s.start_day <= $at_day AND s.end_day > $at_day
WITH h, a, registered_persons, sources, count(DISTINCT p) AS living_here
WHERE living_here >= $min_here
RETURN a.id AS subject, registered_persons, living_here,
       CASE WHEN registered_persons >= $many_persons THEN 'strong' ELSE 'medium' END AS strength,
       coalesce(a.kind, '') = 'institution' AS explained_public_or_care, sources
ORDER BY registered_persons DESC, subject
