"""The same market on FastAPI: python -m uvicorn web.api:app --port 5050"""

from __future__ import annotations

import logging

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from web.access_log import worth_a_line
from web.market import UnknownSymbol
from web.market_routes import ROUTES
from web.stores import StoreUnreachable

log = logging.getLogger("uvicorn.error")


def create_app() -> FastAPI:
    app = FastAPI(title="Market")
    logging.getLogger("uvicorn.access").addFilter(worth_a_line)
    for method, path, handler in ROUTES:
        app.add_api_route(path, handler, methods=[method])

    @app.exception_handler(UnknownSymbol)
    def unknown_symbol(_: Request, error: UnknownSymbol):
        return JSONResponse({"error": str(error)}, status_code=404)

    @app.exception_handler(StoreUnreachable)
    def store_unreachable(_: Request, error: StoreUnreachable):
        log.warning("%s", error)
        return JSONResponse({"error": str(error)}, status_code=503)

    return app


app = create_app()
