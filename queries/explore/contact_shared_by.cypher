//| id: contact_shared_by
//| asks: Which businesses share a phone number, mail address or account with this business?
//| example: barrier query contact_shared_by --store barrier-demo.barrier --param business=ring-lender
//| params:
//|   business: {default: '', unit: id, about: Id of the business.}

MATCH (b:Business {id: $business})-[:REACHED_AT|PAID_TO]->(c:Contact)<-[:REACHED_AT|PAID_TO]-(o:Business)
WHERE o.id <> b.id
RETURN c.id AS contact, c.kind AS kind, o.id AS other, o.name AS name, o.started AS started, o.ended AS ended
ORDER BY contact, other
