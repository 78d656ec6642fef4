import { expect, test } from "vitest";
import { FASTAPI, FLASK, found } from "../../layout.ts";

type Files = Record<string, string>;

const RUN = { "README.md": "```\npython main.py\n```\n" };
const backend = (files: Files) => found({ ...RUN, ...files }).apps[0];

/** A program that serves its application on the port of an expression. */
const serving = (port: string, before = ""): string =>
  `import os, uvicorn\n${before}${FASTAPI}if __name__ == "__main__":\n    uvicorn.run(app, port=${port})\n`;
const fromConfig = (port: string): string => serving(port, "from config import settings\n");

test.each<[string, string, number, Files?]>([
  [
    "a parameter's default",
    `${FASTAPI}import uvicorn\ndef run(host="x", port=8201):\n    uvicorn.run(app, port=port)\nrun()\n`,
    8201,
  ],
  [
    "an option of Typer",
    `${FASTAPI}import typer, uvicorn\ndef serve(port: int = typer.Option(8202, "--port")):\n    uvicorn.run(app, port=port)\n`,
    8202,
  ],
  ["a table of the module", serving('CONFIG["port"]', 'CONFIG = {"port": 8235}\n'), 8235],
  [
    "a condition of which an env file sets one side",
    serving('int(os.environ["PORT"]) if "PORT" in os.environ else 8000'),
    8214,
    { ".env": "PORT=8214\n" },
  ],
  ["a condition whose other side is for production", serving('8240 if os.getenv("DEBUG") else 80'), 8240],
  [
    "Flask-SocketIO by its place",
    `${FLASK}from flask_socketio import SocketIO\nsocketio = SocketIO(app)\nsocketio.run(app, "0.0.0.0", 5215)\n`,
    5215,
  ],
  ["gevent", `${FLASK}from gevent.pywsgi import WSGIServer\nserver = WSGIServer(("", 5216), app)\n`, 5216],
  ["eventlet", `${FLASK}import eventlet\neventlet.wsgi.server(eventlet.listen(("0.0.0.0", 5218)), app)\n`, 5218],
  [
    "wsgiref",
    `${FLASK}from wsgiref.simple_server import make_server\nmake_server("", 5217, app).serve_forever()\n`,
    5217,
  ],
  [
    "granian",
    `${FASTAPI}from granian import Granian\nGranian("main:app", port=8224, interface="asgi").serve()\n`,
    8224,
  ],
  ["the program itself as `__main__`", `${FASTAPI}import uvicorn\nuvicorn.run("__main__:app", port=8220)\n`, 8220],
  ["the program itself by its name", `${FASTAPI}import uvicorn\nuvicorn.run(f"{__name__}:app", port=8221)\n`, 8221],
  ["a name that the file had before", `${FASTAPI}import uvicorn\nuvicorn.run("backend.api:app", port=8223)\n`, 8223],
  [
    "settings of pydantic with a prefix",
    fromConfig("settings.port"),
    8204,
    {
      "config.py":
        "class Settings(BaseSettings):\n    model_config = SettingsConfigDict(env_prefix='SHOP_')\n    port: int = 8000\nsettings = Settings()\n",
      ".env.example": "SHOP_PORT=8204\n",
    },
  ],
  [
    "a field with a variable's name",
    fromConfig("settings.port"),
    8205,
    {
      "config.py": "class Settings:\n    port: int = Field(8000, env='API_PORT')\nsettings = Settings()\n",
      ".env.example": "API_PORT=8205\n",
    },
  ],
  [
    "a field with several names",
    fromConfig("settings.port"),
    8206,
    {
      "config.py":
        "class Settings:\n    port: int = Field(default=8000, validation_alias=AliasChoices('P', 'API_PORT'))\nsettings = Settings()\n",
      ".env.example": "API_PORT=8206\n",
    },
  ],
  [
    "a field that a lambda makes",
    fromConfig("settings.port"),
    8207,
    {
      "config.py":
        "import os\nclass Settings:\n    port: int = field(default_factory=lambda: int(os.getenv('PORT', '8207')))\nsettings = Settings()\n",
    },
  ],
  [
    "a field without a value",
    fromConfig("settings.PORT"),
    8241,
    { "config.py": "class Settings:\n    PORT: int\nsettings = Settings()\n", ".env.example": "PORT=8241\n" },
  ],
  [
    "the field of its own class, not of another one's",
    fromConfig("settings.PORT"),
    8208,
    {
      "config.py": "class Settings:\n    PORT: int = 8208\nclass Redis:\n    PORT: int = 6379\nsettings = Settings()\n",
    },
  ],
  [
    "settings within settings",
    fromConfig("settings.run.port"),
    8210,
    {
      "config.py":
        "class Run(BaseModel):\n    port: int = 8000\nclass Db(BaseModel):\n    port: int = 5432\nclass Settings(BaseSettings):\n    model_config = SettingsConfigDict(env_prefix='APP__')\n    run: Run = Run()\n    db: Db = Db()\nsettings = Settings()\n",
      ".env.template": "APP__RUN__PORT=8210\n",
    },
  ],
  [
    "a class that settings extend",
    fromConfig("settings.port"),
    8211,
    {
      "config.py":
        "class Base:\n    port = 8211\nclass Settings(Base):\n    pass\ndef made() -> Settings:\n    return Settings()\nsettings = made()\n",
    },
  ],
  [
    "Flask's configuration",
    `${FLASK}app.config.from_object("config.Config")\napp.run(port=app.config["PORT"])\n`,
    5211,
    { "config.py": "class Config:\n    PORT = 5211\n" },
  ],
  [
    "Flask's configuration, with a value for where it is missing",
    `from config import Config\n${FLASK}app.config.from_object(Config)\napp.run(port=app.config.get("PORT", 5000))\n`,
    5212,
    { "config.py": "class Config:\n    PORT = 5212\n" },
  ],
])("the port of code: %s", (_, program, port, files = {}) => {
  expect(backend({ "main.py": program, ...files })).toMatchObject({ app: "main", port });
});

test("settings that refer to each other in a circle end", () => {
  const files = {
    "main.py": fromConfig("settings.port"),
    "config.py": "from main import settings\nclass A(B):\n    pass\nclass B(A):\n    pass\nsettings = A()\n",
  };
  expect(backend(files)).toMatchObject({ app: "main", port: 8000 });
});

test.each<[string, Files, object]>([
  [
    "a method of a class",
    {
      "main.py": "from factory import AppFactory\napp = AppFactory.create()\n",
      "factory.py":
        "from fastapi import FastAPI\nclass AppFactory:\n    @staticmethod\n    def create():\n        return FastAPI()\n",
    },
    { app: "main" },
  ],
  [
    "a function that returns it with something else",
    {
      "main.py": "from shop import create_app\napp, socketio = create_app()\nsocketio.run(app, port=5301)\n",
      "shop/__init__.py":
        "from flask import Flask\ndef create_app():\n    app = Flask(__name__)\n    return app, SocketIO(app)\n",
    },
    { app: "main", port: 5301 },
  ],
])("an application that is made by %s", (_, files, want) => {
  expect(backend(files)).toMatchObject(want);
});
