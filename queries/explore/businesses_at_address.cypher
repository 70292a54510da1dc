//| id: businesses_at_address
//| asks: Which businesses sat at this address, one after another?
//| example: barrier query businesses_at_address --store barrier-demo.barrier --param address=ring-desk
//| params:
//|   address: {default: '', unit: id, about: Id of the address.}

MATCH (b:Business)-[e:ESTABLISHED_AT]->(a:Address {id: $address})
RETURN b.id AS business, b.name AS name, b.sbi AS sbi, b.started AS started, b.ended AS ended, e.kind AS kind, e.`from` AS since, e.until AS until
ORDER BY started, business
