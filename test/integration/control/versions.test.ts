import { createServer } from "node:net";
import { readFileSync, writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import { PROTOCOL } from "../../../src/model/protocol.ts";
import { openWire, sessionRecord } from "../../rigs/control.ts";
import { openProject, type Project } from "../../rigs/project.ts";
import { REPOSITORY } from "../../rigs/devpm.ts";
import path from "node:path";
import { readdirSync, rmSync } from "node:fs";

const { version } = JSON.parse(readFileSync(path.join(REPOSITORY, "package.json"), "utf8")) as { version: string };
const config = { "ecosystem.config.json": JSON.stringify({ apps: { a: { command: "sleep 100000" } } }) };

const sessionFile = ({ devpmHome }: Project): string =>
  path.join(devpmHome, readdirSync(devpmHome)[0]!, "session.json");

/** What the commands say to an engine that answers like this. */
async function said(project: Project): Promise<void> {
  const status = await project.devpm(["status"]);
  expect(status.code).toBe(0);
  const seen = [status.stderr];
  for (const args of [["wait"], ["restart", "a"]]) {
    const done = await project.devpm(args);
    expect(done.code, done.output).toBe(1);
    seen.push(done.stderr);
  }
  const followed = await project.devpm(["logs", "-f"]);
  expect(followed.code).toBe(0);
  seen.push(followed.stderr);
  for (const text of seen)
    expect(text).toMatch(/^this session is run by .*use that one, or end the session with `devpm down`/m);
}

it("an older and a newer devpm at either end say which is which, and down ends the session all the same", async (ctx) => {
  const project = await openProject(ctx, { files: config });
  const started = await project.devpm(["dev", "-d"]);
  expect(started.code, started.output).toBe(0);
  const record = sessionRecord(project);

  // a newer client
  const newer = await openWire(record.socket);
  newer.write('{"op":"hello","protocol":7,"devpm":"9.9.9","nonce":"x","more":[1]}');
  expect(await newer.next()).toMatchObject({
    ok: false,
    protocol: PROTOCOL,
    devpm: version,
    error: expect.stringContaining(`run by devpm ${version}, which devpm 9.9.9 cannot talk to`),
  });
  newer.socket.destroy();
  // an older one
  const older = await openWire(record.socket);
  older.write('{"op":"status"}');
  expect(await older.next()).toMatchObject({ ok: false, error: expect.stringContaining("another version of devpm") });
  older.socket.destroy();

  // a newer engine: another process sits on the socket and speaks its protocol
  rmSync(record.socket);
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => socket.write('{"ok":false,"protocol":7,"devpm":"9.9.9","error":"no"}\n'));
  });
  await new Promise<void>((resolve) => server.listen(record.socket, resolve));
  await said(project);
  expect((await project.devpm(["status"])).stderr).toContain(
    `run by devpm 9.9.9, which devpm ${version} cannot talk to`,
  );

  // an older engine: its session file has no secret
  const { secret: _, ...before } = record;
  writeFileSync(sessionFile(project), JSON.stringify(before));
  await said(project);

  // one whose session file says nothing to this devpm is not touched
  writeFileSync(sessionFile(project), JSON.stringify({ version: 9, engine: record.engine, more: true }));
  for (const args of [["dev"], ["dev", "-d"], ["down"]]) {
    const refused = await project.devpm(args);
    expect(refused.code, refused.output).toBe(3);
    expect(refused.output).toContain("another version of devpm runs a session here");
  }

  writeFileSync(sessionFile(project), JSON.stringify(before));
  const down = await project.devpm(["down"]);
  expect(down.code, down.output).toBe(0);
  expect(down.stdout).toContain("stopped");
  server.close();
  await project.nothingLeft();
});

it("a stranger on the session's socket is not believed", async (ctx) => {
  const project = await openProject(ctx, { files: config });
  const started = await project.devpm(["dev", "-d"]);
  expect(started.code, started.output).toBe(0);
  const record = sessionRecord(project);
  rmSync(record.socket);
  const asked: string[] = [];
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", (data) => {
      asked.push(data.toString());
      socket.write(`{"ok":true,"protocol":${PROTOCOL},"devpm":"0.1.0","nonce":"n","proof":"p","status":{"apps":[]}}\n`);
    });
  });
  await new Promise<void>((resolve) => server.listen(record.socket, resolve));
  const status = await project.devpm(["status", "--json"]);
  expect(status.stderr).toContain("does not know the session's secret");
  expect(JSON.parse(status.stdout)).toMatchObject({ session: { id: record.id }, apps: [{ name: "a" }] });
  expect((await project.devpm(["wait"])).code).toBe(1);
  // it was greeted, and told nothing that it could use
  expect(asked.length).toBeGreaterThan(0);
  for (const line of asked) expect(JSON.parse(line)).toMatchObject({ op: "hello" });
  for (const line of asked) expect(line).not.toContain(record.secret);
  const down = await project.devpm(["down"]);
  expect(down.code, down.output).toBe(0);
  server.close();
  await project.nothingLeft();
});
