//| id: landlord_many_crowded
//| version: 1
//| status: stable
//| barrier: housing
//| title: One landlord, several overcrowded addresses
//| asks: Who owns or lets several addresses that are overcrowded on the day?
//| says: '{crowded_addresses} of the {all_addresses} addresses of the landlord are overcrowded'
//| misses: Landlords who use a business for each house. Addresses whose area is not reliable.
//| key: [subject]
//| absent: []
//| excepts: [FOR_PREMISES, REGISTERED_AT, STAYS_AT]
//| personal_data: indirect
//| source: DOMAIN 3.2 no. 21 (owner with many small dwellings and many unrelated residents). The threshold is this project's.
//| params:
//|   min_addresses: {default: 3, unit: addresses, about: Smallest number of overcrowded addresses.}
//|   many_addresses: {default: 5, unit: addresses, about: Number from which the finding is strong.}
//|   small_share: {default: 0.1, unit: share, about: 'Below this share of all their addresses it is explained by size (housing corporations).'}
//| facts:
//|   crowded_addresses: {unit: addresses, about: 'Overcrowded addresses of this landlord.', source: '', lower_bound: true}
//|   all_addresses: {unit: addresses, about: 'All addresses of this landlord.', source: BRK}
//| explanations:
//|   small_share: Only a small share of many addresses is overcrowded.

MATCH (a:Address)
WHERE a.id IN $overcrowded
MATCH (l)-[o:LETS|OWNS]->(a)
WHERE o.start_day <= $at_day AND o.end_day > $at_day
WITH l, count(DISTINCT a) AS crowded_addresses, collect(DISTINCT a.id) AS crowded, collect(DISTINCT o.source) AS sources
WHERE crowded_addresses >= $min_addresses
MATCH (l)-[o:LETS|OWNS]->(every:Address)
WHERE o.start_day <= $at_day AND o.end_day > $at_day
WITH l, crowded_addresses, crowded, sources, count(DISTINCT every) AS all_addresses
// A person is never a subject: where the landlord is a person, the overcrowded addresses are.
UNWIND CASE WHEN labels(l)[0] = 'Business' THEN [l.id] ELSE crowded END AS subject
RETURN subject, crowded_addresses, all_addresses,
       CASE WHEN crowded_addresses >= $many_addresses THEN 'strong' ELSE 'medium' END AS strength,
       1.0 * crowded_addresses / all_addresses < $small_share AS explained_small_share, sources
ORDER BY crowded_addresses DESC, subject
