"""A read-only table of names whose members are imported when they are used.

Members stand in a literal dict ``{name: "package.module:attribute"}`` (the attribute may be left
out), so a search for a name finds its line. Other packages join through an entry-point group; a
plug-in may not take a built-in name. A member that fails to import raises: it is never hidden.
"""

import difflib
from collections.abc import Iterator, Mapping
from functools import cached_property
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points

from formats.errors import UnknownName

__all__ = ["Registry"]


class Registry(Mapping[str, object]):
    """A lazy table of `kind` (for error texts): name -> module or attribute of a module."""

    def __init__(self, kind: str, members: Mapping[str, str], group: str = "") -> None:
        self.kind = kind
        self._members = dict(members)
        self._group = group

    def __getitem__(self, name: str) -> object:
        if name in self._members:
            return load(self._members[name])
        if name in self._plugins:
            return self._plugins[name].load()
        raise self._unknown(name)

    def __iter__(self) -> Iterator[str]:
        yield from self._members
        yield from (name for name in self._plugins if name not in self._members)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, name: object) -> bool:
        return name in self._members or name in self._plugins

    @cached_property
    def _plugins(self) -> dict[str, EntryPoint]:
        found = entry_points(group=self._group) if self._group else ()
        return {point.name: point for point in found}

    def _unknown(self, name: str) -> UnknownName:
        close = difflib.get_close_matches(name, list(self), n=1, cutoff=0.5)
        guess = f"did you mean {close[0]!r}? " if close else ""
        return UnknownName(f"no {self.kind} {name!r}", hint=f"{guess}known: {', '.join(self)}")


def load(target: str) -> object:
    """The module of ``"package.module"``, or the attribute of ``"package.module:attribute"``."""
    module, _, attribute = target.partition(":")
    found = import_module(module)
    return getattr(found, attribute) if attribute else found
