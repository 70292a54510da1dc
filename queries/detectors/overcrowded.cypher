//| id: overcrowded
//| version: 3
//| status: stable
//| barrier: housing
//| title: More people than the norm allows
//| asks: At which addresses do more people live than the norm or the permit allows on the day?
//| says: 'people here: {certain} for certain, {possible} with those possible, {observed} as observed, on {area_m2} m2; the norm is {norm_m2} m2 a person'
//| misses: People nobody registered or reported. The number of rooms and beds. Areas that include a garage or a shop.
//| key: [address]
//| absent: []
//| excepts: [FOR_PREMISES, REGISTERED_AT, STAYS_AT]
//| personal_data: indirect
//| source: Norms in graphs/norms with their own sources (Bouwbesluit 2012 art. 7.18, SNF); DOMAIN 5.
//| measure: occupancy
//| facts:
//|   certain: {unit: persons, about: 'Surely registered here and not known to be elsewhere.', source: BRP, lower_bound: true}
//|   possible: {unit: persons, about: 'Perhaps registered here (unknown dates, enquiry); includes the certain ones.', source: BRP, lower_bound: true}
//|   observed: {unit: persons, about: 'Seen or reported staying here.', source: '', lower_bound: true}
//|   area_m2: {unit: m2, about: 'Usable floor area.', source: BAG}
//|   norm_m2: {unit: m2 a person, about: 'Norm on the day for this kind of address.', source: graphs/norms}
//|   permitted_persons: {unit: persons, about: 'Largest number a permit allows.', source: municipality}
//|   m2_per_person: {unit: m2 a person, about: 'Area a resident.', source: ''}
//|   peak_persons: {unit: persons, about: 'Highest number at one time up to the day.', source: '', lower_bound: true}
//|   peak_from: {unit: date, about: 'First day of the last time it was that high.', source: ''}
//|   peak_until: {unit: date, about: 'First day it was lower again.', source: ''}
//|   norm_source: {unit: text, about: 'Where the norm stands.', source: graphs/norms}
//|   reason: {unit: text, about: 'What decided the verdict beside the norm.', source: ''}
//|   verdict: {unit: text, about: 'overcrowded, or possibly_overcrowded.', source: ''}
//|   kind: {unit: text, about: 'Kind of address.', source: BAG}
//| explanations:
//|   family: One family, by birth years (a minor, and at most four who are not minors).
//|   institution: Care, detention, reception, students.
//|   licensed_lodging: A licence for letting covers the residents.
//|   permit: A permit for so many occupants covers the residents.
//|   register_correction: The object was just split or renumbered.

// The measure counts by day, with certain, possible and observed people, in barrier/detect/occupancy.
// This query shows the registrations behind it in a console.
MATCH (p:Person)-[r:REGISTERED_AT]->(a:Address)
WHERE r.end_day > $at_day AND r.start_day <= $at_day AND coalesce(r.function, 'residence') = 'residence'
WITH a, count(DISTINCT p) AS certain
RETURN a.id AS address, certain, a.area_m2 AS area_m2, a.permitted_occupants AS permitted_persons
ORDER BY certain DESC, address
