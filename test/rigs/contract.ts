import { z } from "zod";

/** The shapes of the contract, each key named: one that is missing, new or of another type fails. */
const path = z.string().startsWith("/");
const iso = z.iso.datetime();
const count = z.int().nonnegative();

export const appShape = z.strictObject({
  name: z.string(),
  state: z.enum(["pending", "starting", "running", "ready", "reloading", "crashed", "stopped", "failed", "unknown"]),
  pid: z.int().positive().nullable(),
  port: z.int().nullable(),
  url: z.url().nullable(),
  restarts: count,
  reloads: count,
  uptimeMs: z.number().nullable(),
  memoryBytes: count.nullable(),
  cpuPercent: z.number().nullable(),
  lastReload: z
    .strictObject({
      ok: z.boolean(),
      file: z.string().min(1),
      savedAt: iso,
      ms: z.number(),
      how: z.enum(["warm", "restart"]),
    })
    .nullable(),
  prompt: z.strictObject({ text: z.string(), file: z.string().nullable(), line: count.nullable() }).optional(),
});

export const serviceShape = z.strictObject({
  service: z.string(),
  container: z.string().nullable(),
  state: z.enum(["healthy", "running", "starting", "unhealthy", "restarting", "paused", "stopped", "missing"]),
  exitCode: z.int().nullable(),
  drift: z.boolean(),
  reason: z.string().nullable(),
  ports: z.array(z.strictObject({ container: z.int(), host: z.int() })),
});

export const statusShape = z.strictObject({
  project: z.string(),
  root: path,
  namespace: z.string(),
  session: z
    .strictObject({
      id: z.string(),
      pid: z.int(),
      startedAt: iso,
      detached: z.boolean(),
      state: z.enum(["starting", "ready", "degraded", "stopping", "unresponsive"]),
    })
    .nullable(),
  apps: z.array(appShape),
  infra: z.array(serviceShape),
  stale: z.strictObject({ id: z.string(), pids: z.array(z.int()) }).optional(),
  lastEnd: z.string().optional(),
});

export const infraShape = z.strictObject({ infra: z.array(serviceShape) });

export const waitShape = z.strictObject({
  ok: z.boolean(),
  apps: z.array(appShape),
  error: z.string().nullable(),
});

export const errorsShape = z.strictObject({
  errors: z.array(
    z.strictObject({
      id: z.string().min(1),
      app: z.string(),
      kind: z.enum(["python", "frontend", "browser", "container", "devpm"]),
      message: z.string().min(1),
      file: z.string().min(1).nullable(),
      line: z.int().positive().nullable(),
      count: z.int().positive(),
      first: iso,
      last: iso,
      frame: z.array(z.string()),
    }),
  ),
});

export const requestsShape = z.strictObject({
  requests: z.array(
    z.strictObject({
      id: z.int().nonnegative(),
      at: iso,
      app: z.string(),
      method: z.string(),
      path: z.string().startsWith("/"),
      route: z.string().nullable(),
      status: z.int(),
      ms: z.number().nonnegative().nullable(),
      exception: z
        .strictObject({
          message: z.string().min(1),
          file: z.string().min(1).nullable(),
          line: z.int().positive().nullable(),
          frame: z.array(z.string()),
        })
        .nullable(),
      lines: z.array(z.strictObject({ stream: z.enum(["out", "err"]), line: z.string() })),
    }),
  ),
});

const holdsShape = z.strictObject({
  ports: z.array(z.int()),
  databases: z.array(z.strictObject({ service: z.string(), name: z.string() })),
  compose: z.string().nullable(),
});

export const listShape = z.strictObject({
  sessions: z.array(
    z.strictObject({
      project: z.string(),
      root: path,
      id: z.string(),
      pid: z.int(),
      state: z.string(),
      ports: z.array(z.int()),
      branch: z.string().nullable(),
      urls: z.array(z.string()),
      memoryBytes: z.int().nullable(),
      lastSave: iso.nullable(),
      holds: holdsShape,
    }),
  ),
  held: z.array(holdsShape.extend({ root: path, gone: z.boolean() })).optional(),
});

export const logShape = z.strictObject({
  at: iso,
  app: z.string(),
  stream: z.enum(["out", "err"]),
  line: z.string(),
});

/** Of `session.stopped` and `down --json`. It may have more keys than the contract asks for. */
export const stoppedShape = z.looseObject({
  event: z.literal("session.stopped"),
  at: iso,
  ended: z.array(z.looseObject({ pid: z.int(), app: z.string().nullable(), how: z.string() })),
  leftovers: z.array(z.unknown()),
  spared: z.array(z.unknown()),
  portsFree: z.array(z.int()),
  infraUp: z.array(z.string()),
  infraShared: z.literal(true).optional(),
  ms: z.number(),
});

export const parseJson = <T>(shape: z.ZodType<T>, text: string): T => shape.parse(JSON.parse(text));
