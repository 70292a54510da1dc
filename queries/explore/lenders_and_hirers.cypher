//| id: lenders_and_hirers
//| asks: Who lends workers to whom, and from when until when?
//| example: barrier query lenders_and_hirers --store barrier-demo.barrier --csv

MATCH (l:Business)-[s:SUPPLIES_WORKERS_TO]->(h:Business)
RETURN l.id AS lender, l.name AS lender_name, l.sbi AS lender_sbi, l.ended AS lender_ended, h.id AS hirer, h.name AS hirer_name, s.`from` AS since, s.until AS until, s.source AS source
ORDER BY lender, hirer, since
