//| id: shortest_way
//| asks: What are the shortest ways between two nodes, over any links?
//| example: barrier query shortest_way --store barrier-demo.barrier --param first=ring-letting --param second=ring-hirer
//| params:
//|   first: {default: '', unit: id, about: Id of one node.}
//|   second: {default: '', unit: id, about: Id of the other node.}

MATCH (a:Person|Business|Address|Contact|Licence|Inspection|Signal), (b:Person|Business|Address|Contact|Licence|Inspection|Signal)
WHERE a.id = $first AND b.id = $second
MATCH path = allShortestPaths((a:Person|Business|Address|Contact|Licence|Inspection|Signal)-[*..6]-(b:Person|Business|Address|Contact|Licence|Inspection|Signal))
RETURN length(path) AS steps, [n IN nodes(path) | labels(n)[0] + ' ' + n.id] AS way, [r IN relationships(path) | type(r)] AS links
ORDER BY steps, way, links
