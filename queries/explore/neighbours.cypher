//| id: neighbours
//| asks: What is linked to this node?
//| example: barrier query neighbours --store barrier-demo.barrier --param node=ring-lender
//| params:
//|   node: {default: '', unit: id, about: Id of any node.}

MATCH (n:Person|Business|Address|Contact|Licence|Inspection|Signal)-[r]-(m:Person|Business|Address|Contact|Licence|Inspection|Signal)
WHERE n.id = $node
RETURN type(r) AS link, CASE WHEN startNode(r).id = n.id THEN 'out' ELSE 'in' END AS direction, labels(m)[0] AS label, m.id AS id, r.`from` AS since, r.until AS until, r.source AS source
ORDER BY link, direction, label, id
