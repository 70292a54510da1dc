//| id: wages_to_one_account
//| version: 2
//| status: stable
//| barrier: finance
//| title: Wages of several workers go to one account
//| asks: Which employers pay the wages of several workers to one and the same account?
//| says: 'pays its workers ({workers}) into accounts ({accounts} known); to this one {payments:payment|payments}, given by {workers_at_account} of the workers'
//| misses: Wages in cash. Accounts in the name of each worker that somebody else uses. Who else is paid, where payments are known in part. A few wages taken by one account that no worker gave.
//| key: [business, contact]
//| anchor: Business
//| reach:
//|   - PAID_TO Contact
//|   - PAID_TO REACHED_AT
//|   - WORKS_FOR
//| absent: []
//| excepts: [PAID_TO, WORKS_FOR]
//| personal_data: indirect
//| source: DOMAIN 3.2 no. 44 (several workers' wages to one account). The thresholds are this project's.
//| params:
//|   min_workers: {default: 4, unit: persons, about: Smallest number of workers.}
//|   many_workers: {default: 4, unit: persons, about: Number of workers who gave the account from which the finding is strong.}
//|   min_at_account: {default: 3, unit: persons, about: Smallest number of workers who gave the account.}
//|   payments_a_year: {default: 13, unit: payments, about: 'Most payments of one wage in a year, a holiday allowance among them.'}
//| facts:
//|   contact: {unit: id, about: 'The account (hashed).', source: ''}
//|   workers: {unit: persons, about: 'Workers of the employer on the day.', source: '', lower_bound: true}
//|   workers_at_account: {unit: persons, about: 'Workers of the employer who are reached at the account.', source: '', lower_bound: true}
//|   accounts: {unit: accounts, about: 'Accounts the employer pays to.', source: ''}
//|   payments: {unit: payments, about: 'Payments to this account.', source: '', lower_bound: true}
//|   amount_eur: {unit: EUR, about: 'Sum paid to this account.', source: ''}
//| explanations:
//|   guardian: A public body or foundation (guardian, debt help) is reached at the account.

// That no other account is known is no evidence: payments are known in part. Either several workers gave the account,
// or it takes more payments than a few wages are paid in, and is not that of another business.
MATCH (b:Business)-[m:PAID_TO]->(c:Contact)
WHERE
  // anchors: b.id IN $anchors AND
  m.start_day <= $at_day AND m.end_day > $at_day AND coalesce(c.kind, 'iban') = 'iban'
WITH b, c, sum(coalesce(m.payments, 0)) AS payments, sum(coalesce(m.amount_eur, 0)) AS amount_eur, collect(DISTINCT m.source) AS sources,
     min(m.start_day) AS since
WITH b, c, payments, amount_eur, sources, COUNT { (c)<-[:REACHED_AT]-(:Person) } AS reached,
     CASE WHEN since > $at_day - 365 OR since < $at_day - 3650 THEN 1.0 ELSE ($at_day - since) / 365.0 END AS years
WHERE reached >= $min_at_account OR payments > $min_workers * $payments_a_year * years
MATCH (p:Person)-[w:WORKS_FOR]->(b)
WHERE w.start_day <= $at_day AND w.end_day > $at_day
WITH b, c, payments, amount_eur, sources, years, count(DISTINCT p) AS workers
WHERE workers >= $min_workers
OPTIONAL MATCH (c)<-[r:REACHED_AT]-(p:Person)-[w:WORKS_FOR]->(b)
WHERE r.start_day <= $at_day AND r.end_day > $at_day AND w.start_day <= $at_day AND w.end_day > $at_day
WITH b, c, payments, amount_eur, sources, years, workers, count(DISTINCT p) AS workers_at_account
WHERE workers_at_account >= $min_at_account
   OR (payments > $min_workers * $payments_a_year * years
       AND NOT EXISTS { MATCH (c)<-[o:REACHED_AT]-(other:Business) WHERE other.id <> b.id AND NOT other.legal_form IN ['publiek', 'stichting'] })
MATCH (b)-[m:PAID_TO]->(known:Contact)
WHERE m.start_day <= $at_day AND m.end_day > $at_day AND coalesce(known.kind, 'iban') = 'iban'
WITH b, c, payments, amount_eur, sources, workers, workers_at_account, count(DISTINCT known) AS accounts
RETURN b.id AS business, c.id AS contact, workers, workers_at_account, accounts, payments, round(amount_eur * 100) / 100 AS amount_eur,
       CASE WHEN workers_at_account >= $many_workers THEN 'strong' ELSE 'medium' END AS strength,
       EXISTS { MATCH (c)<-[:REACHED_AT]-(g:Business) WHERE g.legal_form IN ['publiek', 'stichting'] } AS explained_guardian, sources
ORDER BY workers DESC, business, contact
