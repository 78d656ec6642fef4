"""The market on Flask: python -m flask --app web.app run --port 5050"""

from __future__ import annotations

import logging

from flask import Flask, jsonify
from web.access_log import worth_a_line
from web.market import UnknownSymbol
from web.market_routes import ROUTES
from web.stores import StoreUnreachable


def create_app() -> Flask:
    app = Flask(__name__)
    logging.getLogger("werkzeug").addFilter(worth_a_line)
    for method, path, handler in ROUTES:
        rule = path.replace("{", "<").replace("}", ">")
        app.add_url_rule(rule, view_func=handler, methods=[method])

    @app.errorhandler(UnknownSymbol)
    def unknown_symbol(error: UnknownSymbol):
        return jsonify(error=str(error)), 404

    @app.errorhandler(StoreUnreachable)
    def store_unreachable(error: StoreUnreachable):
        app.logger.warning("%s", error)
        return jsonify(error=str(error)), 503

    return app


app = create_app()
