//| id: wages_to_one_account
//| version: 1
//| status: stable
//| barrier: finance
//| title: Wages of several workers go to one account
//| asks: Which employers pay the wages of several workers to one and the same account?
//| says: 'pays its workers ({workers}) into accounts ({accounts}); to this one {payments:payment|payments}, given by {workers_at_account} of the workers'
//| misses: Wages in cash. Accounts in the name of each worker that somebody else uses.
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
//|   many_workers: {default: 8, unit: persons, about: Number of workers from which the finding is strong.}
//|   workers_per_account: {default: 3, unit: persons, about: 'Workers for each account that is paid, from which it stands out.'}
//|   min_payments: {default: 4, unit: payments, about: Smallest number of payments to the account.}
//| facts:
//|   contact: {unit: id, about: 'The account (hashed).', source: ''}
//|   workers: {unit: persons, about: 'Workers of the employer on the day.', source: '', lower_bound: true}
//|   workers_at_account: {unit: persons, about: 'Workers of the employer who are reached at the account.', source: '', lower_bound: true}
//|   accounts: {unit: accounts, about: 'Accounts the employer pays to.', source: ''}
//|   payments: {unit: payments, about: 'Payments to this account.', source: '', lower_bound: true}
//|   amount_eur: {unit: EUR, about: 'Sum paid to this account.', source: ''}
//| explanations:
//|   guardian: A public body or foundation (guardian, debt help) is reached at the account.

// First the employers with enough workers for their accounts, or with an account that several people gave.
MATCH (b:Business)-[m:PAID_TO]->(c:Contact)
WHERE
  // anchors: b.id IN $anchors AND
  m.start_day <= $at_day AND m.end_day > $at_day AND coalesce(c.kind, 'iban') = 'iban'
WITH b, count(DISTINCT c) AS accounts, max(COUNT { (c)<-[:REACHED_AT]-(:Person) }) AS most_reached
WITH b, accounts, most_reached, COUNT { (b)<-[:WORKS_FOR]-(:Person) } AS ever
WHERE ever >= $min_workers AND (ever >= $workers_per_account * accounts OR most_reached >= $min_workers)
MATCH (p:Person)-[w:WORKS_FOR]->(b)
WHERE w.start_day <= $at_day AND w.end_day > $at_day
WITH b, accounts, count(DISTINCT p) AS workers
WHERE workers >= $min_workers
MATCH (b)-[m:PAID_TO]->(c:Contact)
WHERE m.start_day <= $at_day AND m.end_day > $at_day AND coalesce(c.kind, 'iban') = 'iban'
WITH b, accounts, workers, c, sum(coalesce(m.payments, 0)) AS payments, sum(coalesce(m.amount_eur, 0)) AS amount_eur, collect(DISTINCT m.source) AS sources
OPTIONAL MATCH (c)<-[r:REACHED_AT]-(p:Person)-[w:WORKS_FOR]->(b)
WHERE r.start_day <= $at_day AND r.end_day > $at_day AND w.start_day <= $at_day AND w.end_day > $at_day
WITH b, accounts, workers, c, payments, amount_eur, sources, count(DISTINCT p) AS workers_at_account
// Either the workers themselves gave the account, or a few accounts take the pay of all.
WHERE workers_at_account >= $min_workers OR (payments >= $min_payments AND 2 * payments >= workers AND workers >= $workers_per_account * accounts)
RETURN b.id AS business, c.id AS contact, workers, workers_at_account, accounts, payments, round(amount_eur * 100) / 100 AS amount_eur,
       CASE WHEN workers_at_account >= $min_workers OR workers >= $many_workers THEN 'strong' ELSE 'medium' END AS strength,
       EXISTS { MATCH (c)<-[:REACHED_AT]-(g:Business) WHERE g.legal_form IN ['publiek', 'stichting'] } AS explained_guardian, sources
ORDER BY workers DESC, business, contact
