//| id: landlord_everything
//| asks: What does one landlord touch (houses, businesses, licences, contacts), one step away?
//| example: barrier query landlord_everything --store barrier-demo.barrier --param party=ring-letting
//| params:
//|   party: {default: '', unit: id, about: Id of a business or person in a business role.}

MATCH (l:Person|Business)-[r:LETS|OWNS|DIRECTS|CONTROLS|HOLDS|MANAGES|SUPPLIES_WORKERS_TO|ESTABLISHED_AT|REACHED_AT|PAID_TO]-(n)
WHERE l.id = $party
RETURN type(r) AS link, labels(n)[0] AS label, n.id AS id, r.`from` AS since, r.until AS until, r.source AS source
ORDER BY link, label, id
