import path from "node:path";
import type { Files } from "../system/files.ts";
import { type ComposeService, composeServices } from "./compose-names.ts";
import { type PythonApp, importsOf, likeliest, pythonAppIn, servicesUsed, target } from "./detect-python.ts";
import type { Infra } from "./options.ts";
import { upwards } from "./package-manager.ts";
import { type Tree, treeOf } from "./tree.ts";
import { devScript } from "./vite.ts";

/** What a repository holds, as a configuration of presets: what `devpm init` writes and `devpm dev` runs without one. */
export interface Detected {
  name: string;
  infra: (Infra & { services: string[] }) | null;
  apps: DetectedApp[];
  /** What was decided and what was left out, one line each. */
  notes: string[];
}

export interface DetectedApp {
  name: string;
  preset: "flask" | "fastapi" | "vite";
  /** Relative to the root. */
  cwd: string;
  app?: string;
  port: number;
  dependsOn: string[];
}

const COMPOSE = ["compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"];
const REQUIREMENTS = ["requirements.txt", "pyproject.toml", "uv.lock", "poetry.lock", "Pipfile"];

export async function detect(root: string, files: Files): Promise<Detected> {
  const tree = await treeOf(root, files);
  const notes: string[] = [];
  const infra = await infraOf(root, tree, files, notes);
  const backends = await backendsOf(root, tree, infra?.all ?? [], files, notes);
  const fronts = await frontEndsOf(root, tree, backends, files);
  const apps = unique([...backends, ...fronts]);
  return { name: path.basename(root), infra: infra?.infra ?? null, apps, notes };
}

/** As a configuration, for the same checks and defaults as one that was written. */
export function configOf({ name, infra, apps }: Detected): Record<string, unknown> {
  return {
    name,
    ...(infra ? { infra } : {}),
    apps: Object.fromEntries(apps.map(({ name: app, ...options }) => [app, options])),
  };
}

/** What a session without an ecosystem file says at its start. */
export function sayDetected({ infra, apps, notes }: Detected): string[] {
  const each = apps.map(({ name, preset, cwd, app, port }) => `${name} (${preset} ${app ?? cwd} on ${port})`);
  const services = infra ? `, ${infra.services.join(", ")} of ${String(infra.compose)}` : "";
  return [
    `no ecosystem file: running what is here: ${each.join(", ")}${services}; \`devpm init\` writes it down`,
    ...notes,
  ];
}

async function infraOf(root: string, tree: Tree, files: Files, notes: string[]) {
  const compose = COMPOSE.find((name) => tree.files.includes(name));
  if (compose === undefined) return null;
  const found = composeServices((await files.read(path.join(root, compose))) ?? "");
  const all = found.filter(({ built, image }) => !built && image !== null);
  const left = found.filter((service) => !all.includes(service)).map(({ name }) => name);
  if (left.length > 0) notes.push(`${left.join(", ")} of ${compose} is left out: built from this repository`);
  if (all.length === 0) return null;
  return { infra: { compose, services: all.map(({ name }) => name) }, all };
}

async function backendsOf(
  root: string,
  tree: Tree,
  services: readonly ComposeService[],
  files: Files,
  notes: string[],
): Promise<DetectedApp[]> {
  const byFolder = new Map<string, (Candidate & { file: string })[]>();
  for (const file of tree.files.filter(
    (name) => name.endsWith(".py") && !/(^|\/)(tests?|migrations)\/|test_|conftest/.test(name),
  )) {
    const text = (await files.read(path.join(root, file))) ?? "";
    const app = pythonAppIn(text);
    if (!app) continue;
    const cwd = folderOf(file, text, tree);
    byFolder.set(cwd, [...(byFolder.get(cwd) ?? []), { file, app, cwd }]);
  }
  const apps = await Promise.all(
    [...byFolder].map(async ([cwd, candidates]) => {
      const best = likeliest(candidates)!;
      for (const { file, app } of candidates) {
        if (file !== best.file) notes.push(`${file} also has a ${TITLES[app.framework]} app; ${best.file} was taken`);
      }
      const used = servicesUsed(await requirementsOf(root, cwd, files), services);
      return backend(best, used.length > 0 ? used : services.map(({ name }) => name));
    }),
  );
  return apps.map((app, index) => ({ ...app, port: app.port + index }));
}

interface Candidate {
  app: PythonApp;
  cwd: string;
}

const TITLES = { flask: "Flask", fastapi: "FastAPI" };

function backend({ app, cwd, file }: Candidate & { file: string }, dependsOn: string[]): DetectedApp {
  const module = path
    .relative(cwd, file)
    .replace(/(\/__init__)?\.py$/, "")
    .replaceAll("/", ".");
  const name =
    cwd === "." || /^(app|src|api|server|backend)$/.test(path.basename(cwd)) ? "backend" : path.basename(cwd);
  return {
    name,
    preset: app.framework,
    cwd,
    app: target(module, app),
    port: app.framework === "flask" ? 5050 : 8000,
    dependsOn,
  };
}

/** Where Python is started so that the file's imports work: above its packages, at its requirements where it can be. */
function folderOf(file: string, text: string, tree: Tree): string {
  const beside = path.dirname(file);
  let outside = beside;
  while (tree.files.includes(path.join(outside, "__init__.py"))) outside = path.dirname(outside);
  const isHere = (folder: string, name: string): boolean =>
    tree.files.includes(path.join(folder, `${name}.py`)) || tree.folders.includes(path.join(folder, name));
  const home = upwards(outside, ".").find((folder) =>
    REQUIREMENTS.some((name) => tree.files.includes(path.join(folder, name))),
  );
  const importsSiblings = importsOf(text).some((name) => isHere(outside, name) && !isHere(home ?? outside, name));
  return home === undefined || importsSiblings ? outside : home;
}

async function requirementsOf(root: string, cwd: string, files: Files): Promise<string> {
  const texts = await Promise.all(REQUIREMENTS.map((name) => files.read(path.join(root, cwd, name))));
  // pyproject lists them as quoted strings
  return texts.map((text) => (text ?? "").replaceAll(/^\s*["']/gm, "")).join("\n");
}

async function frontEndsOf(
  root: string,
  tree: Tree,
  backends: readonly DetectedApp[],
  files: Files,
): Promise<DetectedApp[]> {
  const found: DetectedApp[] = [];
  for (const file of tree.files.filter((name) => path.basename(name) === "package.json")) {
    const text = (await files.read(path.join(root, file))) ?? "";
    if (!/"vite"\s*:/.test(text) || devScript(text) === null) continue;
    const cwd = path.dirname(file);
    const config = tree.files.find(
      (name) => path.dirname(name) === cwd && /^vite\.config\.[cm]?[jt]s$/.test(path.basename(name)),
    );
    const said = config === undefined ? "" : ((await files.read(path.join(root, config))) ?? "");
    adoptPort(said, backends);
    found.push({
      name: cwd === "." ? "web" : path.basename(cwd),
      preset: "vite",
      cwd,
      port: 5173 + found.length,
      dependsOn: backends.map(({ name }) => name),
    });
  }
  return found;
}

/** The front end's proxy says where it expects the backend, where there is only one. */
function adoptPort(viteConfig: string, backends: readonly DetectedApp[]): void {
  const [only] = backends;
  const port = /["'`]https?:\/\/(?:localhost|127\.0\.0\.1):(\d{2,5})/.exec(viteConfig)?.[1];
  if (backends.length === 1 && only && port !== undefined) only.port = Number(port);
}

/** Two apps of one name take their folder into it. */
function unique(apps: readonly DetectedApp[]): DetectedApp[] {
  const seen = new Set<string>();
  return apps.map((app) => {
    const longer = app.cwd.replaceAll("/", "-");
    const name = !seen.has(app.name) ? app.name : seen.has(longer) ? `${longer}-${app.preset}` : longer;
    seen.add(name);
    return { ...app, name };
  });
}
