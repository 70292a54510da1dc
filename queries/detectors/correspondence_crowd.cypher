//| id: correspondence_crowd
//| version: 1
//| status: stable
//| barrier: identity
//| title: Many people use one correspondence address
//| asks: Which addresses are the letter address of many people?
//| says: 'letter address of {letter_persons} people, home of {residents}'
//| misses: Where the people sleep. Letter addresses given by a shelter that is not marked as an institution.
//| key: [address]
//| anchor: Address
//| reach:
//|   - REGISTERED_AT
//| absent: []
//| personal_data: indirect
//| source: DOMAIN 3.2 no. 7 (more than k persons on a correspondence address; BRP 08.10.10 = B). The threshold is this project's.
//| params:
//|   min_persons: {default: 5, unit: persons, about: Smallest number of people that counts as many.}
//|   many_persons: {default: 12, unit: persons, about: Number of people from which the finding is strong.}
//| facts:
//|   letter_persons: {unit: persons, about: 'People with their letter address here on the day.', source: BRP, lower_bound: true}
//|   residents: {unit: persons, about: 'People registered as living here on the day.', source: BRP}
//| explanations:
//|   institution: The address is an institution (care, detention, reception).
//|   public_body: A public body or a foundation is established here.

MATCH (a:Address)
WHERE
  // anchors: a.id IN $anchors AND
  COUNT { (a)<-[:REGISTERED_AT]-(:Person) } >= $min_persons
MATCH (p:Person)-[r:REGISTERED_AT]->(a)
WHERE r.end_day > $at_day AND r.start_day <= $at_day AND r.function = 'correspondence'
WITH a, count(DISTINCT p) AS letter_persons, collect(DISTINCT r.source) AS sources
WHERE letter_persons >= $min_persons
OPTIONAL MATCH (q:Person)-[h:REGISTERED_AT]->(a)
WHERE h.end_day > $at_day AND h.start_day <= $at_day AND coalesce(h.function, 'residence') = 'residence'
WITH a, letter_persons, sources, count(DISTINCT q) AS residents
RETURN a.id AS address, letter_persons, residents,
       CASE WHEN letter_persons >= $many_persons THEN 'strong' ELSE 'medium' END AS strength,
       coalesce(a.kind, '') = 'institution' OR 'gezondheidszorgfunctie' IN coalesce(a.purposes, []) OR 'celfunctie' IN coalesce(a.purposes, []) AS explained_institution,
       EXISTS { MATCH (a)<-[:ESTABLISHED_AT]-(b:Business) WHERE b.legal_form IN ['publiek', 'stichting'] } AS explained_public_body,
       sources
ORDER BY letter_persons DESC, address
