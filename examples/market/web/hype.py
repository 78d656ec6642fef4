"""How much hype there is: numbers in, numbers out."""

from __future__ import annotations

import math
import zlib

BOOST_HALF_LIFE_S = 15
BOOST_POINTS = 9
FAN_POINTS = 2
CHANGE_POINTS = 6


def price_at(opening: float, symbol: str, now: float) -> float:
    """A price that wanders within 3 % of its opening, the same for everyone who asks at the same time."""
    own = zlib.crc32(symbol.encode()) % 1000
    wave = 0.7 * math.sin(now / (19 + own % 13) + own) + 0.3 * math.sin(now / 5 + own)
    return round(opening * (1 + 0.03 * wave), 2)


def change_percent(opening: float, price: float) -> float:
    return round((price / opening - 1) * 100, 2)


def hype_score(change: float, fan_weights: list[int], boost_ages: list[float]) -> int:
    """0 to 100: the day's change, how many stand behind it, and the boosts of the last minute, fading."""
    fading = sum(0.5 ** (max(age, 0) / BOOST_HALF_LIFE_S) for age in boost_ages)
    score = 25 + CHANGE_POINTS * change + FAN_POINTS * sum(fan_weights) + BOOST_POINTS * fading
    return max(0, min(100, round(score)))
