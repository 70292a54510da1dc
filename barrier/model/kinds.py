"""Which labels and relationships play which part, read from the schema.

Rule: no other module of the package holds a list of labels or relationships; what a part needs to know about a kind
stands in `graphs/schema.yaml`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from barrier.model.schema import (
    PERSON,
    PLACE,
    PROTECTED,
    Label,
    Network,
    Picture,
    Property,
    Relationship,
    Shared,
    schema,
)

__all__ = ["PERSON", "PLACE"]
_NO_NETWORK = Network.model_construct()


def natural_persons() -> tuple[str, ...]:
    """Return the labels whose nodes are natural persons: no subject, no score, no id of one in a fact."""
    return _labels(lambda label: label.personal == "direct")


def subjects() -> tuple[str, ...]:
    """Return the labels that findings and advice are about."""
    return _labels(lambda label: label.subject)


def scored() -> tuple[str, ...]:
    """Return the labels that a batch of ids may ask about."""
    return _labels(lambda label: label.scored)


def facilitators() -> tuple[str, ...]:
    """Return the labels that can have a position in a structure."""
    return _labels(lambda label: label.facilitator)


def parties() -> tuple[str, ...]:
    """Return the labels of parties: businesses, and persons as far as they have a business role."""
    sources = {s for name in network_links() if network_of(name).role for s in schema().relationships[name].sources}
    return tuple(name for name in schema().labels if name in sources)


def public() -> tuple[str, ...]:
    """Return the labels of public registers: a partner sees their nodes without a link that he sees."""
    return _labels(lambda label: label.public)


def loose() -> tuple[str, ...]:
    """Return the labels whose nodes are erased with their last link."""
    return _labels(lambda label: not label.keeps_without_links)


def protectable() -> tuple[str, ...]:
    """Return the labels whose nodes can be protected: persons, then places."""
    return tuple(name for name in (PERSON, PLACE) if PROTECTED in schema().labels[name].properties)


def about_people() -> tuple[str, ...]:
    """Return the tables in which a column that hints at secrecy is one: of persons, of places, of who lives where."""
    return tuple(dict.fromkeys((*protectable(), *natural_persons(), *lived_at())))


def shared_by_themselves() -> dict[str, str]:
    """Return the data class for the gates of the labels whose nodes are shared or withheld one by one."""
    return {name: label.data for name, label in schema().labels.items() if label.data is not None}


def known_by(label: str) -> tuple[str, ...]:
    """Return the labels of ordinary nodes that make one known otherwise than through something protected."""
    return schema().labels[label].known_by


def described_by(label: str) -> tuple[str, ...]:
    """Return the properties that tell a reader what a node is; none where a reader is told its id only."""
    return schema().labels[label].described_by if label in schema().labels else ()


def ids_of(label: str) -> str:
    """Return how values in clear are told among the ids of a label."""
    return schema().labels[label].ids if label in schema().labels else "other"


def picture(label: str) -> Picture:
    """Return how nodes of a label are drawn, with a name."""
    drawn = schema().labels[label].picture
    return drawn if drawn.name else drawn.model_copy(update={"name": label})


def free_texts(properties: Mapping[str, Property]) -> tuple[str, ...]:
    """Return the properties in which somebody may have written an id: no keys, codes, patterns or fixed values."""
    return tuple(
        name
        for name, prop in properties.items()
        if prop.type in ("string", "list") and not (prop.key or prop.code or prop.pattern or prop.strict)
    )


def withheld_under_pseudonyms(label: str) -> tuple[str, ...]:
    """Return the properties of a label that a view under pseudonyms does not hold."""
    return tuple(n for n, p in schema().labels[label].properties.items() if not p.key and _is_withheld(p))


def lived_at() -> tuple[str, ...]:
    """Return the relationships that say that a person lives at an address: registered first, then observed."""
    return tuple(n for says in ("registered", "observed") for n, k in _relationships() if k.lives == says)


def seats() -> tuple[str, ...]:
    """Return the relationships that say where their source sits."""
    return tuple(name for name, kind in _relationships() if kind.seat)


def seated() -> tuple[str, ...]:
    """Return the labels that sit somewhere."""
    return tuple(dict.fromkeys(s for name in seats() for s in schema().relationships[name].sources))


def about(label: str) -> frozenset[str]:
    """Return the relationships from a label to what its nodes are about: they go where all of that is protected."""
    return frozenset(n for n, k in _relationships() if k.goes_with_target and label in k.sources)


def never_evidence(names: tuple[str, ...]) -> list[str]:
    """Return those of some relationships of which that there is none is no evidence."""
    return [n for n in names if n in schema().relationships and schema().relationships[n].absence != "evidence"]


def network_of(name: str) -> Network:
    """Return what a relationship is in a network; nothing where it is none."""
    kind = schema().relationships.get(name)
    return _NO_NETWORK if kind is None or kind.network == "none" else kind.network


def network_links() -> tuple[str, ...]:
    """Return the relationships that are links of a network."""
    return tuple(name for name, _ in _relationships() if network_of(name).layer)


def shared_links() -> dict[str, Shared]:
    """Return what residents have in common, by relationship, in the order of the layers."""
    found = {name: people for name, _ in _relationships() if (people := network_of(name).people) is not None}
    return dict(sorted(found.items(), key=lambda item: schema().layers.index(item[1].layer)))


def shared_kinds() -> dict[str, Shared]:
    """Return what residents have in common, by kind of link."""
    return {people.kind: people for people in shared_links().values()}


def network_labels() -> tuple[str, ...]:
    """Return the labels of what can be a node of a network."""
    ends = {end for n in network_links() for end in _ends(schema().relationships[n])}
    shared = {end for n in shared_links() for end in schema().relationships[n].targets}
    return tuple(name for name in schema().labels if name in ends | shared | {PLACE})


def chained(part: str) -> tuple[str, ...]:
    """Return the kinds of link with a part in a chain: landlord, account or employer."""
    links = tuple(n for n in network_links() if network_of(n).chain == part)
    return links + tuple(kind for kind, people in shared_kinds().items() if people.chain == part)


def holding() -> tuple[str, ...]:
    """Return the relationships by which a party has a role in something: directs, owns, lets, holds it."""
    return tuple(n for n in network_links() if network_of(n).role)


def acting() -> tuple[str, ...]:
    """Return the relationships whose source acts through its target."""
    return tuple(n for n in network_links() if network_of(n).acts_through)


def layers() -> dict[str, tuple[str, ...]]:
    """Return the kinds of link of each layer, in the order in which layers are shown."""
    of = layer_of()
    return {layer: tuple(kind for kind, at in of.items() if at == layer) for layer in schema().layers}


def layer_of() -> dict[str, str]:
    """Return the layer of each kind of link."""
    links = {name: network_of(name).layer for name in network_links()}
    return links | {kind: people.layer for kind, people in shared_kinds().items()}


def words_of(kind: str) -> tuple[str, str]:
    """Return what a link says from its source to its target, and the other way round; else its kind."""
    says = network_of(kind).says
    return (kind, kind) if says is None else says.en


def functions() -> dict[str, tuple[str, str]]:
    """Return the kinds of link that are a function somebody has: in words, and the end at which that somebody is."""
    links = ((n, network_of(n).function, "source_id") for n in network_links())
    shared = ((kind, people.function, "target_id") for kind, people in shared_kinds().items())
    return {kind: (words.en, end) for kind, words, end in (*links, *shared) if words is not None}


def _labels(wanted: Callable[[Label], bool]) -> tuple[str, ...]:
    return tuple(name for name, label in schema().labels.items() if wanted(label))


def _relationships() -> list[tuple[str, Relationship]]:
    return [*schema().relationships.items()]


def _ends(kind: Relationship) -> tuple[str, ...]:
    return (*kind.sources, *kind.targets)


def _is_withheld(prop: Property) -> bool:
    return prop.pseudonyms == "withheld" or (prop.pseudonyms is None and prop.personal is not None)
