import { type Contents, type Repository, snapshot } from "../../../src/detect/repository/snapshot.ts";
import { type PythonFiles, pythonFiles } from "../../../src/detect/python/code/files.ts";
import { detected } from "../../../src/detect/detect.ts";
import type { Detected } from "../../../src/detect/model.ts";

type Files = Readonly<Record<string, string>>;

/** A repository of these files (path → text), without a disk. */
export const layout = (files: Files, more: Partial<Contents> = {}): Repository =>
  snapshot({ name: "shop", files: new Map(Object.entries(files)), ...more });

export const python = (files: Files): PythonFiles => pythonFiles(layout(files));

/** All that detection makes of these files. */
export const found = (files: Files): Detected => detected(layout(files));

export const FLASK = "from flask import Flask\napp = Flask(__name__)\n";
export const FASTAPI = "from fastapi import FastAPI\napp = FastAPI()\n";

/** A package.json with these scripts and dependencies. */
export const packageJson = (scripts: Files, dependencies: readonly string[] = [], more: object = {}): string =>
  JSON.stringify({ ...more, scripts, devDependencies: Object.fromEntries(dependencies.map((name) => [name, "*"])) });

export const VITE = packageJson({ dev: "vite" }, ["vite"]);
