import type { TaskPreset } from "../config/options.ts";
import type { Detection } from "../config/project-loader.ts";
import type { References } from "../model/project.ts";
import type { Detected, DetectedApp, DetectedTask, Piece, TaskPresetName } from "./model.ts";
import type { Outside } from "./repository/read.ts";

/** For the project loader: what a folder without an ecosystem file holds. The readers are loaded only when called. */
export const detection =
  (outside: Outside): Detection =>
  async (root) => {
    const { detect } = await import("./detect.ts");
    const found = await detect(root, outside);
    return found.apps.length === 0
      ? { config: null, notes: found.notes }
      : { config: configOf(found), notes: sayDetected(found) };
  };

/** As a configuration, for the same checks and defaults as a written one. */
export function configOf({ name, infra, apps, tasks }: Detected): Record<string, unknown> {
  return {
    name,
    ...(infra ? { infra: { compose: infra.compose, services: infra.services } } : {}),
    apps: Object.fromEntries(apps.map((app) => [app.name, optionsOf(app)])),
    ...(tasks.length > 0 ? { tasks: Object.fromEntries(tasks.map((task) => [task.name, taskOf(task)])) } : {}),
  };
}

/** As the presets of src/task-presets.ts return them. */
const PRESETS: Readonly<Record<TaskPresetName, TaskPreset>> = {
  alembic: "alembic",
  flaskMigrate: "flask-migrate",
  djangoMigrate: "django",
  prismaMigrate: "prisma",
  drizzleMigrate: "drizzle",
  knexMigrate: "knex",
};

const taskOf = ({ preset, run, app, cwd, start, dependsOn }: DetectedTask): Record<string, unknown> => ({
  ...(preset === undefined ? { run } : { preset: PRESETS[preset] }),
  ...(app === undefined ? {} : { app }),
  ...(cwd === undefined ? {} : { cwd }),
  start,
  dependsOn,
});

function optionsOf({
  cwd,
  preset,
  app,
  command,
  port,
  dependsOn,
  ready,
  setup,
  envFile,
  env,
}: DetectedApp): Record<string, unknown> {
  return {
    ...(preset === undefined ? { command } : { preset }),
    ...(preset === undefined || app === undefined ? {} : { app }),
    cwd,
    port,
    dependsOn,
    ...(ready === undefined ? {} : { ready: { http: ready } }),
    ...(setup === undefined ? {} : { setup }),
    ...(envFile === undefined ? {} : { envFile }),
    ...(env === undefined
      ? {}
      : {
          env: ({ services }: References) =>
            Object.fromEntries(Object.entries(env).map(([name, pieces]) => [name, valueOf(pieces, services)])),
        }),
  };
}

const valueOf = (pieces: readonly Piece[], services: References["services"]): string =>
  pieces.map((piece) => (typeof piece === "string" ? piece : String(referenced(piece, services)))).join("");

function referenced(piece: Exclude<Piece, string>, services: References["services"]): unknown {
  const service = services[piece.service];
  if (piece.what === "host") return service?.host;
  return piece.what === "port" ? service?.port(piece.port) : service?.env(piece.name);
}

/** What a session without an ecosystem file reports at its start. */
function sayDetected({ infra, apps, tasks, templates, notes }: Detected): string[] {
  const first = tasks.filter(({ start }) => start).map(({ name }) => name);
  const each = apps.map(({ name, kind, cwd, app, port }) => `${name} (${kind} ${app ?? cwd} on ${port})`);
  const services = infra ? `, ${infra.services.join(", ")} of ${[infra.compose].flat().join(", ")}` : "";
  const before = first.length > 0 ? `, after ${first.join(", ")}` : "";
  return [
    `no ecosystem file: running what is here: ${each.join(", ")}${services}${before}; \`devpm init\` writes it down`,
    ...templates.map(({ target, command }) => `${target} is not there: ${command}`),
    ...notes,
  ];
}
