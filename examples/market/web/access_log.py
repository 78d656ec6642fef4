from __future__ import annotations

import logging


def worth_a_line(record: logging.LogRecord) -> bool:
    """The page asks for /api/hype twice a second: as long as that works, it would only bury the rest of the log."""
    line = record.getMessage()
    return not ('"GET /api/hype HTTP' in line and '" 200' in line)
