import { expect, test } from "vitest";
import { wanted } from "../../../src/detect/repository/wanted.ts";
import { FASTAPI, FLASK, found, packageJson } from "./layout.ts";

type Files = Record<string, string>;

/** The first backend of files that are all read from a disk, too. */
function backend(files: Files) {
  for (const file of Object.keys(files)) expect(wanted(file), file).not.toBeNull();
  const [first] = found(files).apps;
  return first;
}

const shown = (text: string, language = "bash"): string => `\`\`\`${language}\n${text}\n\`\`\`\n`;

const IN_API: Files = { "api/main.py": FASTAPI, "api/requirements.txt": "fastapi" };
const TWO_FLASKS: Files = { "server.py": FLASK, "app.py": FLASK };
/** Of two applications the second one is started. */
const SECOND = "from fastapi import FastAPI\nadmin = FastAPI()\napi = FastAPI()\n";
const BESIDE_MAIN: Files = { "server.py": "from fastapi import FastAPI\napi = FastAPI()\n", "main.py": FASTAPI };
const SERVES = "import uvicorn\ndef serve():\n  uvicorn.run('shop.web:app', port=8132)\n";
const SHOP: Files = { "shop/__init__.py": "", "shop/cli.py": SERVES, "shop/web.py": FASTAPI };

test.each<[string, Files, object]>([
  [
    "a module of uv",
    { "README.md": shown("uv run -m uvicorn web:app --port 8101"), "web.py": FASTAPI },
    { port: 8101 },
  ],
  [
    "a variable for Python that a Makefile does not define",
    { Makefile: "dev:\n\t$(PYTHON) -m uvicorn web:app --port 8104\n", "web.py": FASTAPI },
    { port: 8104 },
  ],
  [
    "a variable for Python that a script looks up",
    { "run.sh": 'PYTHON="$(which python3)"\n"$PYTHON" -m uvicorn web:app --port 8105\n', "web.py": FASTAPI },
    { port: 8105 },
  ],
  [
    "a port in a file of variables that a Makefile includes",
    {
      Makefile: "include .env\nexport\ndev:\n\tuvicorn web:app --port $(API_PORT)\n",
      ".env.example": "API_PORT=8106\n",
      "web.py": FASTAPI,
    },
    { port: 8106 },
  ],
  [
    "the variable of an image",
    { Dockerfile: "FROM python:3\nENV APP_PORT=8108\nCMD uvicorn web:app --port $APP_PORT\n", "web.py": FASTAPI },
    { port: 8108 },
  ],
  [
    "the port 80 of an image is nothing to develop on",
    { Dockerfile: 'FROM python:3\nCMD ["fastapi", "run", "web.py", "--port", "80"]', "web.py": FASTAPI },
    { port: 8000 },
  ],
  [
    "a variable that an earlier block of a document exports",
    { "README.md": `${shown("export FLASK_APP=server.py")}then\n${shown("flask run --port 5109")}`, ...TWO_FLASKS },
    { app: "server", port: 5109 },
  ],
  [
    "variables of PowerShell",
    { "README.md": shown('$env:FLASK_APP = "server.py"\nflask run -p 5110', "powershell"), ...TWO_FLASKS },
    { app: "server", port: 5110 },
  ],
  [
    "a variable of PowerShell for the port",
    { "start.ps1": '$port = 8176\nSet-Location "$PSScriptRoot\\api"\nuvicorn main:app --port $port\n', ...IN_API },
    { cwd: "api", port: 8176 },
  ],
  [
    "a variable of a batch file",
    { "start.bat": "set PORT=8175\ncd api\nstart /b python -m uvicorn main:app --port %PORT%\n", ...IN_API },
    { cwd: "api", port: 8175 },
  ],
  [
    "a flag and its value in one word",
    { "README.md": shown("flask --app server run -p5112"), ...TWO_FLASKS },
    { port: 5112 },
  ],
  [
    "the configuration of gunicorn",
    {
      "README.md": shown("gunicorn -c gunicorn_conf.py server:app"),
      "gunicorn_conf.py": "import os\nbind = os.getenv('BIND', '0.0.0.0:5114')\n",
      ...TWO_FLASKS,
    },
    { app: "server", port: 5114 },
  ],
  [
    "the configuration that gunicorn reads by itself",
    {
      Makefile: "dev:\n\tgunicorn --reload server:app\n",
      "gunicorn.conf.py": "import os\nbind = f\"0.0.0.0:{os.getenv('PORT', '5115')}\"\n",
      ...TWO_FLASKS,
    },
    { app: "server", port: 5115 },
  ],
  [
    "a command within a sentence, with a variable",
    { "README.md": "Run `FLASK_APP=server.py flask run -p 5119`.\n", ...TWO_FLASKS },
    { app: "server", port: 5119 },
  ],
  [
    "a command within a sentence, by its path",
    { "README.md": "Run `.venv/bin/uvicorn web:app --port 8120`.\n", "web.py": FASTAPI },
    { port: 8120 },
  ],
  [
    "HTML within a document",
    { "README.md": "<p>Run <code>uvicorn web:app --port 8121</code></p>\n", "web.py": FASTAPI },
    { port: 8121 },
  ],
  [
    "a block of HTML",
    { "README.md": "<pre>\nuvicorn web:app --port 8122\n</pre>\n", "web.py": FASTAPI },
    { port: 8122 },
  ],
  [
    "a block of reStructuredText",
    { "README.rst": "::\n\n  $ FLASK_APP=server flask run --port 5124\n", ...TWO_FLASKS },
    { app: "server", port: 5124 },
  ],
  ...["(venv) PS C:\\work>", "me@host:~/shop$", "(.venv) $"].map((prompt): [string, Files, object] => [
    `the prompt ${prompt}`,
    { "README.md": shown(`${prompt} uvicorn web:app --port 8125`, ""), "web.py": FASTAPI },
    { port: 8125 },
  ]),
  [
    "steps of a list",
    { "README.md": "1. `cd api`\n2. `uvicorn main:app --port 8128`\n", "main.py": "print(1)\n", ...IN_API },
    { cwd: "api", port: 8128 },
  ],
  [
    "the paths of Windows in a script",
    {
      "package.json": packageJson({ api: "api\\venv\\Scripts\\python.exe api\\server.py" }),
      "api/server.py": `${FLASK}if __name__ == "__main__":\n  app.run(port=5129)\n`,
      "api/app.py": FLASK,
      "api/requirements.txt": "flask",
    },
    { app: "server", port: 5129 },
  ],
  [
    "a Python function as a task of poe",
    { "pyproject.toml": '[tool.poe.tasks]\ndev = { script = "shop.cli:serve(reload=True)" }\n', ...SHOP },
    { app: "shop.web", port: 8132 },
  ],
  [
    "a Python function as a script of pdm",
    { "pyproject.toml": '[tool.pdm.scripts]\ndev = { call = "shop.cli:serve" }\n', ...SHOP },
    { app: "shop.web", port: 8132 },
  ],
  [
    "the variables of a script of pdm",
    {
      "pyproject.toml":
        '[tool.pdm.scripts]\ndev = { cmd = "flask run", env = { FLASK_APP = "server", FLASK_RUN_PORT = "5134" } }\n',
      ...TWO_FLASKS,
    },
    { app: "server", port: 5134 },
  ],
  [
    "a task of mise in a folder, with a variable",
    {
      "mise.toml": '[env]\nAPI_PORT = "8184"\n[tasks.api]\ndir = "api"\nrun = ["uvicorn main:app --port $API_PORT"]\n',
      ...IN_API,
      "main.py": "x = 1",
    },
    { cwd: "api", port: 8184 },
  ],
  [
    "a task of invoke",
    {
      "tasks.py": 'from invoke import task\n@task\ndef dev(c):\n    c.run("uvicorn web.site:api --port 8136")\n',
      "web/site.py": SECOND,
    },
    { app: "web.site:api", port: 8136 },
  ],
  [
    "a session of nox",
    {
      "noxfile.py":
        'import nox\n@nox.session\ndef dev(session):\n    session.run("uvicorn", "web.site:api", "--port", "8137")\n',
      "web/site.py": SECOND,
    },
    { app: "web.site:api", port: 8137 },
  ],
  [
    "a starter that formats its command",
    { "start.py": 'import os\nPORT = 8046\nos.system(f"cd api && uvicorn main:app --port {PORT}")\n', ...IN_API },
    { cwd: "api", port: 8046 },
  ],
  [
    "a script without an ending",
    { "bin/dev": "#!/usr/bin/env bash\ncd api\nuvicorn main:app --port 8138\n", ...IN_API },
    { cwd: "api", port: 8138 },
  ],
  [
    "supervisor",
    {
      "supervisord.conf": "[program:api]\ncommand=/usr/bin/uvicorn web.site:api --host 0.0.0.0\n",
      "web/site.py": SECOND,
    },
    { app: "web.site:api" },
  ],
  [
    "uWSGI",
    {
      "uwsgi.ini": "[uwsgi]\nmodule = shop.entry:application\nhttp = :5165\n",
      "shop/entry.py": "from flask import Flask\napplication = Flask(__name__)\n",
      "app.py": FLASK,
      "requirements.txt": "",
    },
    { app: "shop.entry", port: 5165 },
  ],
  [
    "Render",
    {
      "render.yaml": "services:\n  - rootDir: api\n    startCommand: uvicorn server:api --port $PORT\n",
      "api/server.py": BESIDE_MAIN["server.py"] ?? "",
      ...IN_API,
    },
    { cwd: "api", app: "server:api", port: 8000 },
  ],
  [
    "Railway",
    { "railway.json": '{ "deploy": { "startCommand": "uvicorn server:api --port $PORT" } }', ...BESIDE_MAIN },
    { app: "server:api" },
  ],
  [
    "Nixpacks",
    { "nixpacks.toml": '[start]\ncmd = "uvicorn server:api --port ${PORT:-8000}"\n', ...BESIDE_MAIN },
    { app: "server:api" },
  ],
  [
    "Replit",
    { ".replit": 'run = "python server.py"\n', "server.py": `${FLASK}app.run(port=5142)\n`, "app.py": FLASK },
    { app: "server", port: 5142 },
  ],
  [
    "a target of Nx",
    {
      "api/project.json":
        '{ "targets": { "serve": { "options": { "command": "uv run uvicorn main:app --port 8143", "cwd": "{projectRoot}" } } } }',
      ...IN_API,
    },
    { cwd: "api", port: 8143 },
  ],
  [
    "a task of moon",
    { "api/moon.yml": "tasks:\n  dev:\n    command: 'uvicorn main:app --port 8145'\n", ...IN_API },
    { cwd: "api", port: 8145 },
  ],
  [
    "a process of mprocs",
    { "mprocs.yaml": "procs:\n  api:\n    cwd: api\n    shell: uvicorn main:app --port 8146\n", ...IN_API },
    { cwd: "api", port: 8146 },
  ],
  [
    "a resource of Tilt",
    {
      Tiltfile: "local_resource(\n  'api',\n  serve_cmd='uvicorn main:app --port 8147',\n  serve_dir='api',\n)\n",
      ...IN_API,
    },
    { cwd: "api", port: 8147 },
  ],
  [
    "a Taskfile with variables",
    {
      "taskfile.dist.yml":
        "vars:\n  PORT: 8148\ntasks:\n  dev:\n    dir: api\n    cmds:\n      - uvicorn main:app --port {{.PORT}}\n",
      ...IN_API,
    },
    { cwd: "api", port: 8148 },
  ],
  [
    "a parameter of a recipe",
    { justfile: "dev port='8150':\n    uvicorn web:app --port {{port}}\n", "web.py": FASTAPI },
    { port: 8150 },
  ],
  [
    "a variable with a default in a justfile",
    { justfile: 'port := env("PORT", "8151")\ndev:\n    uvicorn web:app --port {{ port }}\n', "web.py": FASTAPI },
    { port: 8151 },
  ],
  [
    "a recipe in another folder",
    {
      justfile: "[working-directory: 'api']\ndev:\n    uvicorn main:app --port 8153\n",
      "main.py": "x = 1\n",
      ...IN_API,
    },
    { cwd: "api", port: 8153 },
  ],
  [
    "a recipe that is one script",
    {
      justfile: "dev:\n    #!/usr/bin/env bash\n    cd api\n    uvicorn main:app --port 8154\n",
      "main.py": "x = 1\n",
      ...IN_API,
    },
    { cwd: "api", port: 8154 },
  ],
  [
    "a Makefile with one shell for a recipe",
    { Makefile: ".ONESHELL:\ndev:\n\tcd api\n\tuvicorn main:app --port 8155\n", "main.py": "x = 1\n", ...IN_API },
    { cwd: "api", port: 8155 },
  ],
  [
    "variables that a Makefile exports",
    { Makefile: "export FLASK_APP = server\nexport FLASK_RUN_PORT = 5058\ndev:\n\tflask run\n", ...TWO_FLASKS },
    { app: "server", port: 5058 },
  ],
  [
    "commands of a dev container by name",
    {
      ".devcontainer/devcontainer.json": '{ "postStartCommand": { "api": "cd api && uvicorn main:app --port 8186" } }',
      ...IN_API,
    },
    { cwd: "api", port: 8186 },
  ],
  [
    "Litestar's own command line",
    {
      "app.py": "from litestar import Litestar\napp = Litestar([])\n",
      "README.md": shown("litestar --app app:app run --port 8304"),
    },
    { app: "app", port: 8304 },
  ],
  [
    "what a compose file runs instead of its image's own command",
    {
      "compose.yml":
        "services:\n  api:\n    build: api\n    command: uvicorn server:app --port 8000\n    ports: ['8187:8000']\n",
      "api/Dockerfile": 'FROM python:3\nCMD ["uvicorn", "main:app"]\n',
      "api/server.py": FASTAPI,
      ...IN_API,
    },
    { app: "server", port: 8187 },
  ],
])("%s", (_, files, want) => {
  expect(backend(files)).toMatchObject(want);
});
