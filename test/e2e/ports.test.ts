import { type TestContext, expect, test } from "vitest";
import { noNamespace, openNamespace } from "../rigs/namespace.ts";
import type { Namespace } from "../rigs/namespace.ts";
import { type Project, openProject } from "../rigs/project.ts";
import { PYTHON } from "../rigs/terminal.ts";

const CONFIG = JSON.stringify({
  name: "shop",
  apps: { backend: { command: "node app.cjs", port: 5050, ready: { http: "/" } } },
});
const APP = `require("node:http").createServer((_, answer) => answer.end("ours")).listen(5050, "127.0.0.1");`;

/** A supervisor: its child, deaf to SIGTERM, listens as soon as it is gone. */
const HEIR = `
import os, signal, socket, subprocess, sys, time
s = socket.create_server(("127.0.0.1", 5050))
if os.fork() == 0:
  signal.signal(signal.SIGTERM, signal.SIG_IGN)
  os.setsid()
  s.close()
  parent = os.getppid()
  while os.getppid() == parent: time.sleep(0.002)
  heir = socket.create_server(("127.0.0.1", 5050))
  signal.pause()
print("listening", flush=True)
signal.pause()
`;

async function openRig(ctx: TestContext): Promise<{ project: Project; namespace: Namespace; supervisor: number }> {
  const unable = noNamespace();
  ctx.skip(unable !== null, unable ?? "");
  const namespace = await openNamespace();
  ctx.onTestFinished(() => namespace.close());
  const project = await openProject(ctx, { namespace, files: { "app.cjs": APP, "ecosystem.config.json": CONFIG } });
  // in a folder of its own: what is in the project's counts as the project's
  const inside = namespace.spawn([PYTHON, "-c", HEIR], { env: { PATH: process.env.PATH } });
  await inside.waitFor(/listening/);
  return { project, namespace, supervisor: inside.pid };
}

test("who holds a port is named with what runs below, and left alone: exit 3", async (ctx) => {
  const { project, namespace, supervisor } = await openRig(ctx);
  const child = namespace.processes().find((seen) => seen.parent === supervisor);
  for (const args of [["dev"], ["dev", "--free-ports"]]) {
    const said = await project.devpm(args);
    expect(said, said.output).toMatchObject({ code: 3 });
    expect(said.output).toMatch(/DEVPM_PORT_HELD[^]*Nothing was started\. devpm never stops/);
    expect(said.output).toMatch(new RegExp(`holder +pid ${supervisor} [^]*below it: pid ${child?.pid} `));
  }
  expect(namespace.left().map((seen) => seen.pid)).toEqual([supervisor, child?.pid]);
});

test("with consent: SIGTERM for the holder, kill-port for its heir, and nobody else", async (ctx) => {
  const { project, namespace, supervisor } = await openRig(ctx);
  const innocent = await namespace.innocent(["sleep", "1000"]);
  const terminal = await project.terminal(["dev", "--free-ports", "--yes"]);
  await terminal.waitFor(/ready in/);
  expect(terminal.output().replaceAll(/\s+/g, " ")).toMatch(
    new RegExp(`port 5050 is free: ended pid ${supervisor} .*\\(SIGTERM\\), pid \\d+ .*\\(kill-port\\)`),
  );
  expect(namespace.processes().some((seen) => seen.pid === supervisor && seen.state !== "Z")).toBe(false);
  terminal.write("\x03");
  expect(await terminal.ended()).toMatchObject({ code: 130 });
  expect(namespace.listening()).toEqual([]);
  expect(namespace.harmed()).toEqual([]);
  expect(innocent.pid).toBeGreaterThan(1);
});
