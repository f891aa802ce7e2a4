"""What a value in a bot's store counts for."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any, Optional

_LOWEST, _HIGHEST = -(2**63), 2**63 - 1
# Sums of floats drift: 12.999999999 was meant as 13.
_DRIFT = 1e-6


def units(value: Any) -> Optional[int]:
    """Whole coins, rounded down; None where the value is no amount."""
    if type(value) is int:
        whole = value
    elif isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        return None
    elif not math.isfinite(value):
        return None
    else:
        whole = math.floor(value + _DRIFT) if isinstance(value, float) else math.floor(value)
    return whole if _LOWEST <= whole <= _HIGHEST else None


def moved(value: Any, by: int) -> Any:
    """The value with so many whole coins more; its type, and what is less than a coin of it, stay."""
    return value + by
