import type { App, Project } from "../../../src/model/project.ts";

/** An app of which a test says only what it is about. */
export function sampleApp(more: Partial<App> = {}): App {
  return {
    name: "api",
    kind: "command",
    command: { argv: ["tool"], shell: false },
    cwd: "/p",
    port: null,
    ports: [],
    envFiles: [],
    env: {},
    dependsOn: { apps: [], services: [], tasks: [] },
    start: true,
    ready: { kind: "default", timeoutMs: 30_000 },
    reload: false,
    watch: ["/p"],
    ignore: [],
    setup: [],
    installs: [],
    graceMs: 3_000,
    venv: null,
    toolchain: "none",
    pm2: {},
    ...more,
  };
}

export function sampleProject(apps: App[]): Project {
  return { name: "shop", root: "/p", configFile: "/p/ecosystem.config.ts", infra: null, apps, tasks: [], groups: {} };
}
