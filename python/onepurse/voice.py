"""What the package logs, in people's language, once each."""

from __future__ import annotations

import logging
import os
from typing import Set

from .texts import text

log = logging.getLogger("onepurse")


def language() -> str:
    """`ru` or `en`: ONEPURSE_LANGUAGE, else as the system speaks."""
    told = os.environ.get("ONEPURSE_LANGUAGE")
    spoken = told or os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    return "ru" if spoken.lower().startswith("ru") else "en"


class Voice:
    """Says things; what is said once is said again only after it was over."""

    def __init__(self, language: str, platform: str = "") -> None:
        self.language = language
        self._platform = platform.capitalize()
        self._said: Set[str] = set()

    def text(self, name: str, **values: object) -> str:
        """The text of this name."""
        return text(self.language, name, **{"platform": self._platform, **values})

    def info(self, name: str, **values: object) -> None:
        """Says that something is so."""
        log.info("%s", self.text(name, **values))

    def warn(self, name: str, **values: object) -> None:
        """Says that something needs people."""
        log.warning("%s", self.text(name, **values))

    def once(self, matter: str, name: str, **values: object) -> None:
        """Warns of a matter unless it was warned of."""
        if matter not in self._said:
            self._said.add(matter)
            self.warn(name, **values)
            log.debug("more about it", exc_info=True)

    def over(self, matter: str) -> None:
        """The matter is well again."""
        self._said.discard(matter)
