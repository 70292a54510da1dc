//| id: phoenix_lender
//| version: 2
//| status: stable
//| barrier: labour
//| title: A new lender where a wound-up one sat
//| asks: Which new lenders share an address, director, phone or account with a lender that ended shortly before?
//| says: 'started on {started}, shares {shared} with {predecessor}, which ended on {predecessor_ended}'
//| misses: Successors in the name of relatives. Ended lenders that are no longer in the delivered register.
//| key: [business, predecessor]
//| absent: []
//| personal_data: indirect
//| source: DOMAIN 3.2 no. 29 and 30 (new company where a wound-up lender sat; short-lived lenders). The windows are this project's.
//| params:
//|   lender_codes: {default: '78', unit: text, about: Beginning of the activity codes of lenders.}
//|   before_days: {default: 180, unit: days, about: How long before the end of the old one the new one may have started.}
//|   after_days: {default: 365, unit: days, about: How long after the end of the old one the new one may have started.}
//|   look_back_days: {default: 1095, unit: days, about: How long before the day looked at an end still counts.}
//|   strong_kinds: {default: 2, unit: kinds, about: Number of shared kinds of tie from which the finding is strong.}
//|   hub_businesses: {default: 20, unit: businesses, about: 'An address with more businesses is an office that serves many.'}
//| facts:
//|   predecessor: {unit: id, about: 'The lender that ended.', source: KVK}
//|   shared: {unit: kinds, about: 'What both have in common.', source: '', lower_bound: true}
//|   predecessor_ended: {unit: date, about: 'Day on which the old one ended.', source: KVK}
//|   started: {unit: date, about: 'Day on which the new one started.', source: KVK}
//| explanations:
//|   office_hub: They share nothing but an address where many businesses sit.

MATCH (old:Business)
WHERE old.sbi STARTS WITH $lender_codes AND old.ended_day <= $at_day AND old.ended_day > $at_day - $look_back_days
MATCH (old)-[x:ESTABLISHED_AT|REACHED_AT|PAID_TO|DIRECTS|CONTROLS]-(n)-[y:ESTABLISHED_AT|REACHED_AT|PAID_TO|DIRECTS|CONTROLS]-(new:Business)
WHERE new.id <> old.id AND n.id <> old.id AND n.id <> new.id AND new.sbi STARTS WITH $lender_codes
  AND new.started_day >= old.ended_day - $before_days AND new.started_day <= old.ended_day + $after_days AND new.started_day <= $at_day
  // A liquidator winds many businesses up: no tie. Both ends point the same way: towards the shared thing, or from the shared party.
  AND coalesce(x.role, '') <> 'liquidator' AND coalesce(y.role, '') <> 'liquidator'
  AND ((type(x) = 'ESTABLISHED_AT' AND type(y) = 'ESTABLISHED_AT')
       OR (type(x) IN ['REACHED_AT', 'PAID_TO'] AND type(y) IN ['REACHED_AT', 'PAID_TO'])
       OR (type(x) IN ['DIRECTS', 'CONTROLS'] AND type(y) IN ['DIRECTS', 'CONTROLS'] AND startNode(x).id = n.id AND startNode(y).id = n.id))
WITH old, new, n, type(x) AS link, collect(DISTINCT y.source) AS said
WITH old, new, collect(DISTINCT CASE WHEN link = 'ESTABLISHED_AT' THEN 'address' WHEN link IN ['DIRECTS', 'CONTROLS'] THEN 'director' ELSE coalesce(n.kind, 'contact') END) AS shared,
     max(CASE WHEN link = 'ESTABLISHED_AT' THEN COUNT { (:Business)-[:ESTABLISHED_AT]->(n) } ELSE 0 END) AS neighbours,
     collect(said) AS lists
WITH old, new, shared, neighbours, reduce(s = [], v IN lists | s + v) AS sources
UNWIND shared AS kind
WITH old, new, neighbours, sources, kind ORDER BY kind
WITH old, new, neighbours, sources, collect(kind) AS shared
RETURN new.id AS business, old.id AS predecessor, shared, old.ended AS predecessor_ended, new.started AS started,
       CASE WHEN size(shared) >= $strong_kinds THEN 'strong' ELSE 'medium' END AS strength,
       shared = ['address'] AND neighbours > $hub_businesses AS explained_office_hub, sources
ORDER BY size(shared) DESC, business, predecessor
