//| id: signals_about
//| asks: Which signals concern this address, business or licence, and what is near it?
//| example: barrier query signals_about --store barrier-demo.barrier --param node=ring-lender
//| params:
//|   node: {default: '', unit: id, about: Id of the node.}

MATCH (s:Signal)-[:CONCERNS]->(n)
WHERE n.id = $node
RETURN s.observed AS observed, s.kind AS kind, s.barrier AS barrier, s.holder AS holder, s.origin AS origin, s.reliability AS reliability, s.expires AS expires, s.id AS id
ORDER BY observed, id
