import { describe, expect, it } from "vitest";
import type { App } from "../../../src/model/project.ts";
import { sessionApp } from "../../../src/pm2/session-app.ts";

const app = (more: Partial<App> = {}): App =>
  ({ name: "backend", kind: "flask", cwd: "/p", graceMs: 3_000, pm2: {}, ...more }) as App;
const launch = { argv: ["/v/bin/python", "-m", "flask"], environmentFile: "/s/env/backend.sh", watch: null };
const options = {
  launcher: "/d/launch.sh",
  taskLauncher: "/d/task.sh",
  clusterLoader: "/d/load.cjs",
  namespace: "devpm-x",
  session: "mark",
};

describe("what PM2 is told", () => {
  it("is the launcher, and of the environment the mark alone", () => {
    expect(sessionApp(app(), launch, options)).toMatchObject({
      script: "/bin/sh",
      args: ["/d/launch.sh", "/s/env/backend.sh", "/v/bin/python", "-m", "flask"],
      interpreter: "none",
      env: { DEVPM_SESSION: "mark" },
      namespace: "devpm-x",
      autorestart: false,
      watch: false,
    });
  });

  it("sets what no shell can export before the command, also of a task", () => {
    const beside = ["UID=5"];
    const argsOf = (kind: App["kind"]) => sessionApp(app({ kind }), { ...launch, beside }, options).args;
    const command = ["/usr/bin/env", ...beside, ...launch.argv];
    expect(argsOf("flask")).toEqual(["/d/launch.sh", launch.environmentFile, ...command]);
    expect(argsOf("task")).toEqual([
      "/d/task.sh",
      launch.environmentFile,
      `${launch.environmentFile}.exit`,
      ...command,
    ]);
  });

  it.each(["flask", "task"] as const)(
    "has no space in the script of a %s, where devpm is installed below one",
    (kind) => {
      const below = { ...options, launcher: "/My Projects/d/launch.sh", taskLauncher: "/My Projects/d/task.sh" };
      expect(sessionApp(app({ kind }), launch, below).script).not.toContain(" ");
    },
  );

  it("passes PM2's own options through, but none that a promise rests on", () => {
    const pm2 = {
      autorestart: true,
      max_memory_restart: "1G",
      namespace: "evil",
      treekill: false,
      pmx: true,
      env: { A: "1" },
    };
    expect(sessionApp(app({ pm2 }), launch, options)).toMatchObject({
      autorestart: true,
      max_memory_restart: "1G",
      namespace: "devpm-x",
      treekill: true,
      pmx: false,
      env: { DEVPM_SESSION: "mark" },
    });
  });

  it("watches what it is given", () => {
    const watched = sessionApp(
      app(),
      { ...launch, watch: { paths: ["web"], ignore: ["**/*.pyc"], options: { disableGlobbing: true } } },
      options,
    );
    expect(watched).toMatchObject({
      watch: ["web"],
      ignore_watch: ["**/*.pyc"],
      watch_options: { disableGlobbing: true },
    });
  });

  it("leaves a cluster to PM2's own way of running node, with the environment loaded first", () => {
    const clustered = app({
      kind: "pm2",
      pm2: { instances: 2, exec_mode: "cluster", node_args: "--enable-source-maps" },
    });
    expect(
      sessionApp(clustered, { ...launch, argv: ["/usr/bin/node", "/p/server.js", "--flag"] }, options),
    ).toMatchObject({
      script: "server.js",
      args: ["--flag"],
      interpreter: "node",
      node_args: ["--require", "/d/load.cjs", "--enable-source-maps"],
      env: { DEVPM_SESSION: "mark", DEVPM_ENVIRONMENT_FILE: "/s/env/backend.sh" },
    });
  });

  it("names a cluster's file from the app's folder, and keeps node's own flags", () => {
    const clustered = app({ kind: "pm2", pm2: { instances: 2, exec_mode: "cluster" } });
    const argv = ["node", "--inspect=127.0.0.1:9229", "srv.js", "--flag"];
    expect(sessionApp(clustered, { ...launch, argv }, options)).toMatchObject({
      script: "srv.js",
      args: ["--flag"],
      node_args: ["--require", "/d/load.cjs", "--inspect=127.0.0.1:9229"],
    });
  });
});
