//| id: address_over_time
//| asks: Who was registered or seen at this address, over time?
//| example: barrier query address_over_time --store barrier-demo.barrier --param address=ring-a1
//| params:
//|   address: {default: '', unit: id, about: Id of the address.}

MATCH (p:Person)-[r:REGISTERED_AT|STAYS_AT]->(a:Address {id: $address})
RETURN p.id AS person, type(r) AS link, r.function AS function, r.`from` AS since, r.until AS until, r.source AS source
ORDER BY since, person, link
