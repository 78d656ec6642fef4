"""What the market answers. Edit this file while the page is open: the next answer is the new code.

A route is a plain function that returns a dict, so that Flask (app.py) and FastAPI (api.py) serve the same ones.
"""

from __future__ import annotations

import os
import time

from web.market import Market
from web.stores import open_stores

HEADLINE = "The market is listening"

HYPE_WORDS = [
    (85, "To the moon"),
    (65, "Running hot"),
    (45, "Simmering"),
    (25, "Lukewarm"),
    (0, "Fast asleep"),
]

# Nothing is connected here: importing this file must stay cheap, it happens on every save.
market = Market(open_stores(os.environ))


def health() -> dict:
    """Answers as soon as the code runs, whatever the stores do: /api/stores is for those."""
    return {"ok": True}


def quotes() -> dict:
    return {"quotes": market.quotes(time.time())}


def hype() -> dict:
    symbols, boosts = market.hype(time.time())
    score = round(sum(each["score"] for each in symbols) / len(symbols))
    return {
        "headline": HEADLINE,
        "score": score,
        "label": hype_word(score),
        "symbols": [{**each, "label": hype_word(each["score"])} for each in symbols],
        "boosts": boosts[:8],
    }


def boost(symbol: str) -> dict:
    market.boost(symbol, time.time())
    return hype()


def stores() -> dict:
    """Which stores are in use, each proved by writing to it and reading that back."""
    return {"stores": market.check_stores()}


def hype_word(score: int) -> str:
    return next(word for at_least, word in HYPE_WORDS if score >= at_least)


ROUTES = [
    ("GET", "/api/health", health),
    ("GET", "/api/quotes", quotes),
    ("GET", "/api/hype", hype),
    ("POST", "/api/boosts/{symbol}", boost),
    ("GET", "/api/stores", stores),
]
