import path from "node:path";
import type { Fix } from "../../../diagnostics/diagnostic.ts";
import { install, type PackageManager } from "../../../config/package-manager.ts";
import { shellQuote } from "../../../util/shell-quote.ts";
import type { CrashAdvice, CrashFacts } from "./facts.ts";
import { addLine, inFolder, restarted, shown } from "./fix-commands.ts";

/** A missing module: what installs it and records it as a dependency; null where that is not the cause. */
export function missingModule(text: string, facts: CrashFacts): CrashAdvice | null {
  const python = /(?:ModuleNotFoundError|runpy\._Error|python[\d.]*): No module named '?([\w.]+)/.exec(text)?.[1];
  if (python !== undefined) return pythonModule(python.split(".")[0] ?? python, python, facts);
  const wanted = /Cannot find (?:module|package) '([^']+)'/.exec(text)?.[1];
  if (wanted !== undefined) return fromPath(wanted, facts);
  const tool =
    facts.app.toolchain === "node"
      ? /^(?:sh|bash)?[^\n]*?\b([\w-]+): (?:command )?not found$/m.exec(text)?.[1]
      : undefined;
  return tool === undefined ? null : nodePackage(inTable(TOOLS, tool), facts, true);
}

/** Programs of npm packages that have another name; some of these names are other people's packages. */
const TOOLS: Readonly<Record<string, string>> = {
  babel: "@babel/cli",
  "babel-node": "@babel/node",
  craco: "@craco/craco",
  dotenv: "dotenv-cli",
  ember: "ember-cli",
  firebase: "firebase-tools",
  gatsby: "gatsby-cli",
  nest: "@nestjs/cli",
  netlify: "netlify-cli",
  ng: "@angular/cli",
  nuxi: "nuxt",
  quasar: "@quasar/cli",
  "react-router": "@react-router/dev",
  remix: "@remix-run/dev",
  "run-p": "npm-run-all",
  "run-s": "npm-run-all",
  strapi: "@strapi/strapi",
  "svelte-kit": "@sveltejs/kit",
  swc: "@swc/cli",
  tailwindcss: "@tailwindcss/cli",
  tsc: "typescript",
  "vue-cli-service": "@vue/cli-service",
};

/** A development server that is not installed, known by its name or by its file in node_modules. */
function fromPath(wanted: string, facts: CrashFacts): CrashAdvice | null {
  const inside = /^.*\/node_modules\/(.+)$/.exec(wanted)?.[1];
  const name = /^(?:@[\w.-]+\/)?\w[\w.-]*/.exec(inside ?? wanted)?.[0];
  return name === undefined ? null : nodePackage(name, facts, inside !== undefined);
}

/** Modules whose package has another name. */
const PACKAGES: Readonly<Record<string, string>> = {
  bs4: "beautifulsoup4",
  cv2: "opencv-python",
  dateutil: "python-dateutil",
  decouple: "python-decouple",
  docx: "python-docx",
  dotenv: "python-dotenv",
  environ: "django-environ",
  flask_cors: "Flask-Cors",
  flask_sqlalchemy: "Flask-SQLAlchemy",
  fitz: "PyMuPDF",
  git: "GitPython",
  google: "google-api-python-client",
  jose: "python-jose",
  jwt: "PyJWT",
  kafka: "kafka-python",
  magic: "python-magic",
  multipart: "python-multipart",
  MySQLdb: "mysqlclient",
  OpenSSL: "pyOpenSSL",
  PIL: "Pillow",
  psycopg2: "psycopg2-binary",
  rest_framework: "djangorestframework",
  serial: "pyserial",
  skimage: "scikit-image",
  sklearn: "scikit-learn",
  slugify: "python-slugify",
  socketio: "python-socketio",
  yaml: "PyYAML",
};

function pythonModule(name: string, whole: string, facts: CrashFacts): CrashAdvice {
  const own = facts.ownModules.get(name);
  if (own !== undefined) return ownModule(own, whole, facts);
  const wanted = inTable(PACKAGES, name, name.replaceAll("_", "-"));
  return { evidence: [["cause", `the package ${wanted} is not installed`]], fixes: pythonFixes(wanted, facts) };
}

/** It is in the project: the folder that it is imported from is missing in the import path. */
function ownModule(own: string, whole: string, { app }: CrashFacts): CrashAdvice {
  const folder = path.dirname(own);
  if (folder === ".") return { evidence: [["cause", `${own} is there, and has no ${whole}`]], fixes: [] };
  return {
    evidence: [
      ["cause", `${own} is there, but ${folder} is not where Python looks`],
      ["write", `env: { PYTHONPATH: "${folder}" } into apps.${app.name} of the ecosystem file`],
    ],
    fixes: [],
  };
}

/** How tools that rule an environment write a package down and install it. */
const ADDS: Readonly<Record<string, string | undefined>> = {
  uv: "uv add",
  poetry: "poetry add",
  pixi: "pixi add --pypi",
};

/** How a package gets into the environment of an app, and into what lists its packages. */
export function pythonFixes(wanted: string, facts: CrashFacts): Fix[] {
  const { app, requirements } = facts;
  const add = app.setup.map(({ run: [program = ""] }) => ADDS[program]).find((one) => one !== undefined);
  if (add !== undefined)
    return [
      {
        label: "add it",
        command: `${inFolder(app.setup[0]?.cwd ?? app.cwd, `${add} ${shellQuote(wanted)}`, facts)} && ${restarted(app)}`,
      },
    ];
  if (requirements !== null && !listsPackage(requirements.text, wanted))
    return [
      {
        label: `add it to ${shown(requirements.file, facts)}`,
        command: `${addLine(requirements, wanted, facts)} && ${restarted(app)}`,
      },
    ];
  const python = app.venv === null ? "python3" : shellQuote(shown(path.join(app.venv, "bin/python"), facts));
  const what = requirements === null ? shellQuote(wanted) : `-r ${shellQuote(shown(requirements.file, facts))}`;
  return [{ label: "install it", command: `${python} -m pip install ${what} && ${restarted(app)}` }];
}

/** Compares package names as pip does. */
export const listsPackage = (requirements: string, wanted: string): boolean =>
  requirements.split("\n").some((line) => normal(/^\s*([\w.-]+)/.exec(line)?.[1] ?? "") === normal(wanted));

const normal = (name: string): string => name.toLowerCase().replaceAll(/[-_.]+/g, "-");

const ADD: Readonly<Record<PackageManager, string>> = { npm: "install", pnpm: "add", yarn: "add", bun: "add" };

/** Reads every key that installs packages. Invalid JSON lists none. */
function dependenciesIn(packageJson: string): string[] {
  try {
    const read = JSON.parse(packageJson) as Record<string, Record<string, string> | undefined>;
    return ["dependencies", "devDependencies", "optionalDependencies"].flatMap((key) => Object.keys(read[key] ?? {}));
  } catch {
    return [];
  }
}

/** As a user types it: without set-up's quiet flags, except where the folder is no member of a workspace above. */
function installCommand(packages: CrashFacts["packages"]): string {
  const [program = "npm", verb = "install", ...flags] = install(packages ?? NPM);
  return [program, verb, ...(packages?.outsider ? flags : [])].join(" ");
}

const NPM = { manager: "npm", folder: "", lockFile: null } as const;

/** `tool`: it is a development server or similar, and belongs to the development dependencies. */
function nodePackage(name: string, facts: CrashFacts, tool = false): CrashAdvice {
  const { app, packages, packageJson } = facts;
  const manager = packages?.manager ?? "npm";
  const listed = dependenciesIn(packageJson).includes(name);
  const command = listed
    ? inFolder(packages?.folder ?? app.cwd, installCommand(packages), facts)
    : inFolder(app.cwd, `${manager} ${ADD[manager]} ${tool ? "-D " : ""}${name}`, facts);
  return {
    evidence: [
      ["cause", `the package ${name} is ${listed ? "in package.json and" : ""} not installed`.replace("  ", " ")],
    ],
    fixes: [
      {
        label: listed ? "install what package.json lists" : "add it to package.json",
        command: `${command} && ${restarted(app)}`,
      },
    ],
  };
}

/** A program names it, so it may also be a name that every object has. */
const inTable = (names: Readonly<Record<string, string>>, name: string, otherwise = name): string =>
  (Object.hasOwn(names, name) ? names[name] : undefined) ?? otherwise;
