//| id: licences_of_premises
//| asks: Which licences stand on this address, of which holder and manager, in which state?
//| example: barrier query licences_of_premises --store barrier-demo.barrier --param address=venue-a1
//| params:
//|   address: {default: '', unit: id, about: Id of the address.}

MATCH (l:Licence)-[:FOR_PREMISES]->(a:Address {id: $address})
OPTIONAL MATCH (h)-[:HOLDS]->(l:Licence)
OPTIONAL MATCH (m:Person)-[:MANAGES]->(l)
RETURN l.id AS licence, l.kind AS kind, l.status AS status, l.valid_from AS valid_from, l.valid_until AS valid_until, l.conditions AS conditions, h.id AS holder, m.id AS manager
ORDER BY valid_from, licence, holder, manager
