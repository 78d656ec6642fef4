"""The market: quotes, fans and boosts, added up to a hype score."""
