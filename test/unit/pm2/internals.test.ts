import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { describe, expect, it } from "vitest";

const require = createRequire(import.meta.url);
const folder = path.dirname(require.resolve("pm2/package.json"));
const source = (file: string): string => readFileSync(path.join(folder, file), "utf8");

/** PM2 loads much when it is required, and writes into PM2_HOME: its files are read instead. */
describe("what devpm leans on inside of PM2 stands where it leans on it", () => {
  it("is the version that was looked at: an upgrade goes through this test", () => {
    const { dependencies } = require("../../../package.json") as { dependencies: Record<string, string> };
    expect(dependencies.pm2).toMatch(/^\d+\.\d+\.\d+$/);
    expect((require("pm2/package.json") as { version: string }).version).toBe(dependencies.pm2);
  });

  it.each([
    [
      "pm2/daemon-main.ts starts it without PM2's own answer to its errors",
      "lib/Daemon.js",
      /prototype\.innerStart = function/,
    ],
    [
      "pm2/daemon-main.ts: start() is what answers an error by spawning pm2",
      "lib/Daemon.js",
      /prototype\.start = function[^]*?spawn\('node', \[path, 'update'\]/,
    ],
    [
      "pm2/patch-tree-kill.ts replaces the one function that the file exports",
      "lib/TreeKill.js",
      /module\.exports = function ?\(pid, signal, callback\)/,
    ],
    ["pm2/patch-tree-kill.ts: God kills by it", "lib/God/Methods.js", /treekill += require\('\.\.\/TreeKill'\)/],
    [
      "pm2/patch-order.ts: a restart by watch goes through restartProcessId",
      "lib/God/ActionMethods.js",
      /God\.restartProcessName = [^]*God\.restartProcessId\(\{id:proc\.pm2_env\.pm_id\}, next\)/,
    ],
    ["pm2/patch-order.ts: an empty list begins its numbers again", "lib/God/ActionMethods.js", /God\.next_id = 0/],
    ["pm2/patch-order.ts numbers processes", "lib/God.js", /\['pm_id'\] += God\.getNewId\(\)/],
    ["pm2/patch-watch.ts wraps enable", "lib/Watcher.js", /God\.watch\.enable = function ?\(pm2_env\)/],
    ["pm2/patch-watch.ts reads the watchers by pm_id", "lib/Watcher.js", /_watchers\[pm2_env\.pm_id\]/],
    ["pm2/patch-watch.ts: a change restarts by name", "lib/Watcher.js", /restartProcessName\(/],
    ["pm2/patch-watch.ts: God has its watch and its apps", "lib/God.js", /clusters_db/],
    ["system/pm2/pm2-relay.ts reads of a save", "lib/Watcher.js", /Change detected on path %s for app %s - restarting/],
    ["system/pm2/pm2.ts asks the daemon for its version", "lib/God/ActionMethods.js", /God\.getVersion = function/],
    [
      "pm2/patch-output.ts: apps are spawned by child_process.spawn, looked up at the call",
      "lib/God/ForkMode.js",
      /God\.forkMode = [^]*var spawn = require\('child_process'\)\.spawn/,
    ],
    ["session-app.ts: PM2 ends what it kills after kill_retry_time", "lib/God/Methods.js", /kill_retry_time/],
    ["session-app.ts: treekill is an option", "lib/God/Methods.js", /treekill/],
    ["pm2/patch-console.ts: God gives its bus to the console", "lib/God.js", /^Utility\.overrideConsole\(God\.bus\)/m],
    [
      "system/pm2/replace-module.ts: debug is called for a function",
      "lib/God.js",
      /debug += require\('debug'\)\('pm2:god'\)/,
    ],
    ["pm2/patch-console.ts: a save is printed", "lib/Watcher.js", /console\.log\('Change detected/],
    ["pm2/patch-bus.ts takes log:err and log:out", "lib/God/ForkMode.js", /'log:err'[^]*'log:out'/],
    ["pm2/patch-bus.ts takes process:event", "lib/Event.js", /God\.bus\.emit\('process:event'/],
    ["pm2/patch-output.ts: PM2 needs streams to listen to", "lib/God/ForkMode.js", /!cspr\.stderr \|\| !cspr\.stdout/],
    [
      "pm2/patch-output.ts: an app's settings are in the environment it is spawned with",
      "lib/God/ForkMode.js",
      /spawn_env\[k\] = pm2_env\[k\][^]*env {6}: spawn_env/,
    ],
  ])("%s (%s)", (_, file, pattern) => {
    expect(source(file)).toMatch(pattern);
  });

  it.each([
    ["modules/pm2-axon-rpc/lib/client.js", ["call"], "prototype"],
    ["modules/pm2-axon/lib/sockets/sock.js", ["connect"], "prototype"],
    ["lib/God.js", ["prepare"], "God"],
    ["lib/God/ActionMethods.js", ["getMonitorData", "restartProcessId", "deleteProcessId"], "God"],
  ])("system/pm2/pm2.ts: what its client calls in %s", (file, names, of) => {
    const text = source(file);
    for (const name of names) expect(text, name).toMatch(new RegExp(`${of}\\.${name} *= *function`));
  });

  it("system/pm2/pm2.ts: the daemon takes these calls, and PM2's client stops the watch before it deletes", () => {
    const daemon = source("lib/Daemon.js");
    for (const name of ["prepare", "getMonitorData", "restartProcessId", "deleteProcessId", "stopWatch", "getVersion"])
      expect(daemon, name).toMatch(new RegExp(`\\b${name} *:`));
    const client = source("lib/Client.js");
    expect(client).toMatch(/indexOf\('delete'\) !== -1\) \{\s*this\.stopWatch\(method, app_conf\)/);
    expect(client).toContain("this.client.call('stopWatch', method, env,");
  });

  it.each(["verifyConfs", "resolveAppAttributes", "mergeEnvironmentVariables"])(
    "pm2/patch-prepare.ts: PM2 reads an app's options in Common.%s",
    (name) => {
      expect(source("lib/Common.js")).toMatch(new RegExp(`Common\\.${name} *= *function`));
    },
  );

  it("pm2/patch-prepare.ts: the daemon exposes what is in God when it starts, and has loaded Common", () => {
    expect(source("lib/Daemon.js")).toMatch(/prepare +: God\.prepare/);
    expect(source("lib/Configuration.js")).toContain("require('./Common')");
    expect(source("lib/God.js")).toContain("require('./Configuration");
  });

  it("pm2/patch-prepare.ts completes an app as PM2's own start does", () => {
    const api = source("lib/API.js");
    const steps = [
      "Common.verifyConfs(",
      "Common.resolveAppAttributes(",
      "Common.mergeEnvironmentVariables(resolved_paths",
      "executeRemote('prepare'",
    ];
    const places = steps.map((step) => api.indexOf(step, api.indexOf("_startJson (file")));
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((one, other) => one - other));
  });
});
