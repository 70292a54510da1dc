//| id: inspections_by_sector
//| asks: How often was each sector of each municipality inspected, and with what outcome?
//| example: barrier query inspections_by_sector --store barrier-demo.barrier --csv

MATCH (i:Inspection)-[:INSPECTED]->(n)
OPTIONAL MATCH (n)-[:ESTABLISHED_AT]->(seat:Address)
WITH DISTINCT i, coalesce(CASE WHEN n:Address THEN n.municipality ELSE seat.municipality END, 'unknown') AS municipality,
     CASE WHEN n:Address THEN coalesce(n.kind, 'unknown') ELSE coalesce(left(n.sbi, 2), 'unknown') END AS sector
RETURN municipality, sector, i.outcome AS outcome, count(DISTINCT i) AS inspections, min(i.date) AS earliest, max(i.date) AS latest
ORDER BY municipality, sector, outcome
