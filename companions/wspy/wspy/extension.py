"""Extensions (RFC 6455 section 9): the interface, and the choice between those that exclude each other."""

from __future__ import annotations

import copy

from wsproto.extensions import Extension as ProtocolExtension
from wsproto.extensions import PerMessageDeflate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


class Extension(ProtocolExtension):
    """
    An extension, as given to a :class:`websocket` or a server: the prototype of those that connections use.

    It negotiates, and has a hook for each step of a frame, by the methods of
    :class:`wsproto.extensions.Extension`, of which only ``offer`` has to be implemented.
    """

    #: Whether it uses the first reserved bit of frames; a connection has at most one extension that does.
    uses_rsv1 = False

    def fresh(self, max_message_size: int | None) -> ProtocolExtension:
        """
        Return an unused extension with the same parameters, for one connection.

        :param max_message_size: the most bytes that a received message may become, or ``None`` for no limit.
        """
        del max_message_size
        return copy.deepcopy(self)


def fresh(extension: ProtocolExtension, max_message_size: int | None) -> ProtocolExtension:
    """Return an unused extension with the parameters of a prototype, for one connection."""
    make = getattr(extension, "fresh", None)
    made: ProtocolExtension = copy.deepcopy(extension) if make is None else make(max_message_size)
    return made


def uses_rsv1(extension: ProtocolExtension) -> bool:
    """Return whether an extension uses the first reserved bit."""
    return isinstance(extension, PerMessageDeflate) or getattr(extension, "uses_rsv1", False)


def choose(
    prototypes: Sequence[ProtocolExtension], offers: Iterable[str], max_message_size: int | None
) -> list[ProtocolExtension]:
    """
    Return the extensions with which a server answers a client's offers (RFC 6455 section 9.1).

    Of those that use the first reserved bit it is the first of the prototypes that accepts an offer.
    """
    offers = list(offers)
    chosen: list[ProtocolExtension] = []
    reserved = False
    for prototype in _variants(prototypes):
        if uses_rsv1(prototype):
            if reserved or not _accepts(fresh(prototype, max_message_size), offers):
                continue
            reserved = True
        chosen.append(fresh(prototype, max_message_size))
    return chosen


def _variants(prototypes: Iterable[ProtocolExtension]) -> Iterator[ProtocolExtension]:
    """Yield the extensions that a server has, one for each name that one of them goes by."""
    for prototype in prototypes:
        variants = getattr(prototype, "variants", None)
        yield from [prototype] if variants is None else variants()


def _accepts(extension: ProtocolExtension, offers: Iterable[str]) -> bool:
    """Return whether an extension, which is used up by the attempt, accepts one of the offers."""
    named = [offer for offer in offers if offer.split(";", 1)[0].strip() == extension.name]
    return any(extension.accept(offer) not in (False, None) for offer in named)
