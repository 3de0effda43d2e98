"""What the store holds of a collection as it is now: of these images, with these options."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from featmatch.collection.index import Index
from featmatch.collection.keys import pair_key
from featmatch.collection.records import Pair, PairSummary
from featmatch.collection.store import Located


def current_pairs(index: Index, located: Iterable[Located]) -> dict[Pair, Located]:
    """Choose, of all pairs that are kept, those that still hold.

    Images are told by their keys, so that a photograph may have got another name. What was found
    with other options or other photographs is left out.

    Parameters
    ----------
    index : Index
    located : iterable of Located

    Returns
    -------
    dict of (str, str) to Located
        By the names that the images have now, in natural order.
    """
    read = [entry.name for entry in index.images if entry.status == "read"]
    places = {name: place for place, name in enumerate(read)}
    names = {index.keys[name].image: name for name in read}
    found: dict[Pair, Located] = {}
    for one in located:
        image0, image1 = one.stored.images
        pair = names.get(image0, ""), names.get(image1, "")
        if not places.keys() >= set(pair) or places[pair[0]] >= places[pair[1]]:
            continue
        if pair_key(image0, image1, index.matching) == one.stored.summary.key:
            found[pair] = one
    ordered = sorted(found, key=lambda pair: (places[pair[0]], places[pair[1]]))
    return {pair: found[pair] for pair in ordered}


def summary_of(pair: Pair, located: Located) -> PairSummary:
    """Return a summary under the names that the images have now."""
    summary = located.stored.summary
    return summary if summary.names == pair else replace(summary, name0=pair[0], name1=pair[1])
