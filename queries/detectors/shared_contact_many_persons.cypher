//| id: shared_contact_many_persons
//| version: 1
//| status: stable
//| barrier: identity
//| title: Many people are reached at one phone number, mail address or account
//| asks: Which phone number, mail address or account is given by many people?
//| says: '{persons} people, registered at {addresses:address|addresses}, are reached at one {kind}'
//| misses: Numbers that change often. Whether the number's holder helps or controls.
//| key: [contact]
//| anchor: Contact
//| reach:
//|   - REACHED_AT
//| absent: []
//| personal_data: indirect
//| source: DOMAIN 3.2 no. 1 and 12 (one phone, account or mail address across unrelated persons). The threshold is this project's.
//| params:
//|   min_persons: {default: 6, unit: persons, about: Smallest number of people that counts as many.}
//|   many_persons: {default: 15, unit: persons, about: Number of people from which the finding is strong.}
//|   family_adults: {default: 4, unit: persons, about: Largest number of adults in a family.}
//| facts:
//|   persons: {unit: persons, about: 'People reached at it on the day.', source: '', lower_bound: true}
//|   addresses: {unit: addresses, about: 'Addresses where they are registered on the day.', source: BRP}
//|   kind: {unit: text, about: 'What the contact is.', source: ''}
//| explanations:
//|   one_household: They are registered at one address and, by birth years, form a family.
//|   public_body: A public body or foundation is reached at it (guardian, social team, shelter).

MATCH (c:Contact)
WHERE
  // anchors: c.id IN $anchors AND
  COUNT { (c)<-[:REACHED_AT]-(:Person) } >= $min_persons
MATCH (c)<-[r:REACHED_AT]-(p:Person)
WHERE r.start_day <= $at_day AND r.end_day > $at_day
WITH c, count(DISTINCT p) AS persons
WHERE persons >= $min_persons
MATCH (c)<-[r:REACHED_AT]-(p:Person)
WHERE r.start_day <= $at_day AND r.end_day > $at_day
WITH c, persons, collect(DISTINCT p) AS people, collect(DISTINCT r.source) AS sources,
     count(DISTINCT CASE WHEN toInteger(substring($at, 0, 4)) - p.birth_year < 18 THEN p.id END) AS minors
UNWIND people AS p
OPTIONAL MATCH (p)-[h:REGISTERED_AT]->(a:Address)
WHERE h.end_day > $at_day AND h.start_day <= $at_day AND coalesce(h.function, 'residence') = 'residence'
WITH c, persons, minors, sources, count(DISTINCT a) AS addresses, count(DISTINCT CASE WHEN a IS NULL THEN p.id END) AS elsewhere
RETURN c.id AS contact, c.kind AS kind, persons, addresses,
       CASE WHEN persons >= $many_persons THEN 'strong' ELSE 'medium' END AS strength,
       addresses = 1 AND elsewhere = 0 AND minors >= 1 AND persons - minors <= $family_adults AS explained_one_household,
       EXISTS { MATCH (c)<-[:REACHED_AT]-(b:Business) WHERE b.legal_form IN ['publiek', 'stichting'] } AS explained_public_body,
       sources
ORDER BY persons DESC, contact
