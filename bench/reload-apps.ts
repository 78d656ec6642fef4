import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { NEVER_SAVED } from "../src/model/save-rules.ts";
import { REPOSITORY } from "../test/rigs/devpm.ts";
import { cleanEnvironment } from "../test/rigs/environment.ts";
import { freePort } from "../test/rigs/ports.ts";
import { pythonWith } from "../test/rigs/python.ts";
import { save as saveInPlace } from "../test/rigs/save.ts";
import { webPython } from "./peers.ts";

/** A small backend whose answer is a word in one of its files. */
export interface Backend {
  folder: string;
  url: string;
  /** As a person types it, its interpreter looked up. */
  command: readonly string[];
  /** The same as devpm starts it to keep it warm; see src/reload/prefork-command.ts. */
  warm: readonly string[];
  /** The same with the framework's own reloader. */
  selfReloading: readonly string[];
  save(word: string): void;
  env: Record<string, string>;
  /** Writes ecosystem.config.ts, with these apps beside the backend. */
  configure(reload: "warm" | "restart", beside?: Readonly<Record<string, unknown>>): void;
  remove(): void;
}

export type Kind = "flask" | "fastapi" | "heavy" | "django";

const PREFORK = path.join(REPOSITORY, "dist/reload/prefork/__main__.py");
const DJANGO = ["django==5.2.*"];
const HEAVY = ["flask==3.1.*", "pandas", "SQLAlchemy", "pydantic"];

const flask = (imports: string): Record<string, string> => ({
  "app.py": `from flask import Flask\n${imports}from words import WORD\n\napp = Flask(__name__)\n\n\n@app.get("/")\ndef index():\n    return {"word": WORD}\n`,
});
const fastapi = {
  "app.py": `from fastapi import FastAPI\nfrom words import WORD\n\napp = FastAPI()\n\n\n@app.get("/")\nasync def index():\n    return {"word": WORD}\n`,
};
const django = {
  "manage.py": `import os, sys\n\nos.environ["DJANGO_SETTINGS_MODULE"] = "settings"\nfrom django.core.management import execute_from_command_line\n\nexecute_from_command_line(sys.argv)\n`,
  "settings.py": `DEBUG = True\nSECRET_KEY = "of a bench"\nROOT_URLCONF = "urls"\nINSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.staticfiles"]\nSTATIC_URL = "/static/"\nDATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}}\nTEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]\n`,
  "urls.py": `from django.http import JsonResponse\nfrom django.urls import path\nfrom words import WORD\n\nurlpatterns = [path("", lambda request: JsonResponse({"word": WORD}))]\n`,
};
const files: Record<Kind, Record<string, string>> = {
  django,
  flask: flask(""),
  heavy: flask("import pandas, pydantic, sqlalchemy\n"),
  fastapi,
};

function commandsOf(kind: Kind, python: string, port: string): Pick<Backend, "command" | "selfReloading"> {
  switch (kind) {
    case "django": {
      const runserver = [python, "manage.py", "runserver", port];
      return { command: [...runserver, "--noreload"], selfReloading: runserver };
    }
    case "fastapi": {
      const uvicorn = [python, "-m", "uvicorn", "app:app", "--port", port];
      return { command: uvicorn, selfReloading: [...uvicorn, "--reload"] };
    }
    default: {
      const run = [python, "-m", "flask", "--app", "app", "run", "--port", port];
      return { command: run, selfReloading: [...run, "--debug"] };
    }
  }
}

export async function makeBackend(kind: Kind): Promise<Backend> {
  const venv = await (kind === "heavy" ? pythonWith(HEAVY) : kind === "django" ? pythonWith(DJANGO) : webPython());
  const base = realpathSync(mkdtempSync(path.join(tmpdir(), "devpm-bench-")));
  const folder = path.join(base, "project");
  for (const name of [folder, path.join(base, "home")]) mkdirSync(name);
  symlinkSync(venv, path.join(folder, ".venv"));
  const port = String(await freePort());
  const save = (word: string): void => saveInPlace(path.join(folder, "words.py"), `WORD = "${word}"\n`);
  for (const [name, text] of Object.entries(files[kind])) writeFileSync(path.join(folder, name), text);
  save("first");
  const python = path.join(folder, ".venv/bin/python");
  const { command, selfReloading } = commandsOf(kind, python, port);
  // Django's command has its reloader switched on, which the warm reload takes the place of
  const kept = kind === "django" ? selfReloading : command;
  return {
    folder,
    url: `http://127.0.0.1:${port}/`,
    command,
    warm: [python, PREFORK, "--skip", NEVER_SAVED.join(" "), "--port", port, "--", ...kept.slice(1)],
    selfReloading,
    save,
    env: {
      ...cleanEnvironment(path.join(base, "home")),
      DEVPM_HOME: path.join(base, "d"),
      PM2_HOME: path.join(base, "p"),
    },
    configure(reload, beside = {}) {
      const app = {
        command: (reload === "warm" ? kept : command).map((word) => (word === python ? ".venv/bin/python" : word)),
        port: Number(port),
        reload,
      };
      const config = `import { defineConfig } from "devpm";\nexport default defineConfig(${JSON.stringify({ apps: { backend: app, ...beside } })});\n`;
      writeFileSync(path.join(folder, "ecosystem.config.ts"), config);
    },
    remove: () => rmSync(base, { recursive: true, force: true, maxRetries: 5 }),
  };
}
