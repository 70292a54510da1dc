//| id: shared_contact_many_businesses
//| version: 2
//| status: stable
//| barrier: identity
//| title: Many businesses are reached at one phone number, mail address or site
//| asks: Which phone number, mail address, account or site is given by many businesses?
//| says: '{businesses} businesses are reached at one {kind}, {ended_businesses} of them ended; {signals:independent signal|independent signals} about them'
//| misses: Numbers that change often. Groups that use a number for each business.
//| key: [contact]
//| anchor: Contact
//| reach:
//|   - REACHED_AT Business
//| absent: []
//| personal_data: indirect
//| source: DOMAIN 3.2 no. 12 (one phone, account or mail address across unrelated parties). The threshold is this project's.
//| params:
//|   min_businesses: {default: 3, unit: businesses, about: Smallest number of businesses that is looked at.}
//|   some_businesses: {default: 4, unit: businesses, about: Number of businesses from which the finding is more than weak.}
//|   many_businesses: {default: 8, unit: businesses, about: Number of businesses from which the finding is strong.}
//|   look_back_days: {default: 730, unit: days, about: How long before the day looked at a business that ended still counts.}
//|   office_businesses: {default: 25, unit: businesses, about: Number of businesses from which the contact is likely an office that serves many.}
//| facts:
//|   businesses: {unit: businesses, about: 'Businesses reached at it on the day, those that ended lately included.', source: KVK, lower_bound: true}
//|   ended_businesses: {unit: businesses, about: 'Businesses among them that ended.', source: KVK, lower_bound: true}
//|   signals: {unit: origins, about: 'Independent signals in force about these businesses.', source: '', lower_bound: true}
//|   kind: {unit: text, about: 'What the contact is.', source: ''}
//| explanations:
//|   same_group: One party has a function in or controls all of the businesses.
//|   mostly_ended: Fewer than two of them are still in force; who uses the number now is uncertain.
//|   office: So many businesses use it that it is likely an accountant or a business centre.

MATCH (c:Contact)
WHERE
  // anchors: c.id IN $anchors AND
  COUNT { (c)<-[:REACHED_AT]-(:Business) } >= $min_businesses
MATCH (b:Business)-[r:REACHED_AT]->(c)
WHERE r.start_day <= $at_day AND r.end_day > $at_day AND (b.ended_day IS NULL OR b.ended_day > $at_day - $look_back_days)
  AND coalesce(b.started_day, $at_day) <= $at_day
WITH c.id AS contact, count(DISTINCT b.id) AS businesses, count(DISTINCT CASE WHEN b.ended_day <= $at_day THEN b.id END) AS ended_businesses,
     collect(DISTINCT r.source) AS sources
WHERE businesses >= $min_businesses
MATCH (c:Contact {id: contact})
MATCH (c)<-[r:REACHED_AT]-(b:Business)
WHERE r.start_day <= $at_day AND r.end_day > $at_day AND (b.ended_day IS NULL OR b.ended_day > $at_day - $look_back_days)
  AND coalesce(b.started_day, $at_day) <= $at_day
OPTIONAL MATCH (s:Signal)-[:CONCERNS]->(b)
WHERE (s.expires_day IS NULL OR s.expires_day > $at_day)
WITH contact, businesses, ended_businesses, sources, count(DISTINCT coalesce(s.origin, s.id)) AS signals
MATCH (c:Contact {id: contact})
MATCH (c)<-[r:REACHED_AT]-(b:Business)
WHERE r.start_day <= $at_day AND r.end_day > $at_day AND (b.ended_day IS NULL OR b.ended_day > $at_day - $look_back_days)
  AND coalesce(b.started_day, $at_day) <= $at_day
OPTIONAL MATCH (d)-[:DIRECTS|CONTROLS]->(b)
WITH contact, c.kind AS kind, businesses, ended_businesses, sources, signals, d.id AS who, count(DISTINCT b.id) AS joined
WITH contact, kind, businesses, ended_businesses, sources, signals, max(CASE WHEN who IS NULL THEN 0 ELSE joined END) AS joined
RETURN contact, kind, businesses, ended_businesses, signals,
       CASE WHEN businesses >= $many_businesses THEN 'strong' WHEN businesses >= $some_businesses THEN 'medium' ELSE 'weak' END AS strength,
       joined = businesses AS explained_same_group,
       businesses - ended_businesses < 2 AS explained_mostly_ended,
       businesses >= $office_businesses AS explained_office, sources
ORDER BY businesses DESC, contact
