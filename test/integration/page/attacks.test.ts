import { connect, type Socket } from "node:net";
import { expect, test, type TestContext } from "vitest";
import type { Status } from "../../../src/model/status.ts";
import { askForPage, cookieOf, send, type PageAddress, type Wish } from "../../rigs/page.ts";
import { openProject, type Project } from "../../rigs/project.ts";
import { runProgram } from "../../rigs/program.ts";
import { openStage, type ScriptedApp, type Stage } from "../../rigs/scripted-app.ts";
import { PYTHON } from "../../rigs/terminal.ts";
import { until } from "../../rigs/wait.ts";

interface Served {
  project: Project;
  stage: Stage;
  app: ScriptedApp;
  address: PageAddress;
  /** `devpm=…`, as a browser sends it back. */
  cookie: string;
  /** A request as the page makes it; `more` changes its headers. */
  ask(wish?: Wish & { more?: Record<string, string> }): ReturnType<typeof send>;
}

const LINES = 250_000;
const FLOOD = `for n in range(${LINES}): print(f"line {n} " + "x" * 100)`;

async function serve(ctx: TestContext): Promise<Served> {
  const stage = await openStage(ctx);
  const tasks = { flood: { run: [PYTHON, "-c", FLOOD], start: false } };
  const project = await openProject(ctx, {
    files: {
      "ecosystem.config.json": JSON.stringify({
        name: "held",
        apps: { web: { command: stage.command("web") } },
        tasks,
      }),
    },
  });
  const dev = await project.devpm(["dev", "--detach"]);
  expect(dev, dev.output).toMatchObject({ code: 0 });
  const app = await stage.next("web");
  const address = await askForPage(project);
  const cookie = (await cookieOf(address)).split(";", 1)[0]!;
  const own = { host: `127.0.0.1:${address.port}`, origin: `http://127.0.0.1:${address.port}`, cookie };
  const ask: Served["ask"] = ({ more = {}, ...wish } = {}) =>
    send(address, { ...wish, headers: { ...own, "content-type": "application/json", ...more } });
  return { project, stage, app, address, cookie, ask };
}

const status = async (project: Project) => JSON.parse((await project.devpm(["status", "--json"])).stdout) as Status;

async function ends({ project }: Served): Promise<void> {
  const down = await project.devpm(["down"]);
  expect(down, down.output).toMatchObject({ code: 0 });
  await project.nothingLeft();
}

async function isUntouched({ project, stage, ask }: Served): Promise<void> {
  const { session, apps } = await status(project);
  expect(session?.state).toBe("ready");
  expect(apps).toMatchObject([{ name: "web", state: "ready", restarts: 0 }]);
  expect(stage.untaken("web")).toBe(0);
  expect((await ask({ path: "page.js" })).status).toBe(200);
}

test("the page lets in nothing but itself, and the session goes on untouched", async (ctx) => {
  const served = await serve(ctx);
  const { address, cookie, ask, project } = served;
  const restart = { method: "POST", path: "ask", body: '{"op":"restart","apps":["web"]}' };

  // a page of another site, or of another port of this host, in the same browser
  const elsewhere: Record<string, string>[] = [
    { origin: "https://evil.example" },
    { origin: `http://127.0.0.1:${address.port + 1}` },
    { origin: "null" },
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site", "sec-fetch-mode": "no-cors" },
  ];
  for (const more of elsewhere)
    for (const wish of [restart, { path: "events" }, { path: "lines" }, { path: "page.js" }])
      expect(await ask({ ...wish, more }), JSON.stringify({ more, wish })).toMatchObject({ status: 403 });
  // a name that was made to lead here
  for (const host of [
    "evil.example",
    `evil.example:${address.port}`,
    "127.0.0.1",
    `127.0.0.1:${address.port}.evil.example`,
  ])
    expect(await ask({ ...restart, more: { host, origin: `http://${host}` } }), host).toMatchObject({ status: 421 });
  // without an origin a form of a page could have sent it
  expect(await send(address, { ...restart, headers: { cookie, "content-type": "application/json" } })).toMatchObject({
    status: 403,
  });
  expect(await ask({ ...restart, more: { "content-type": "text/plain" } })).toMatchObject({ status: 415 });

  // no secret, another one, one that was used
  const stolen = cookie.replace(/.$/, (last) => (last === "A" ? "B" : "A"));
  for (const wrong of ["", "devpm=", "devpm=undefined", stolen, `other=${cookie}`])
    expect(await ask({ path: "events", more: { cookie: wrong } }), wrong).toMatchObject({ status: 401 });
  const again = new URL(address.link);
  const used = await send(address, { path: again.pathname + again.search });
  expect(used).toMatchObject({ status: 403, body: expect.stringContaining("devpm ui") });
  expect(used.headers["set-cookie"]).toBeUndefined();
  expect(await ask({ path: "/" })).toMatchObject({ status: 404 });
  expect(await ask({ path: `${address.base}../page.js` })).toMatchObject({ status: 404 });
  expect(await ask({ path: "../../../etc/passwd" })).toMatchObject({ status: 404 });
  for (const path of ["constructor", "__proto__", "toString"])
    expect(await ask({ path })).toMatchObject({ status: 404 });

  // what the page may not ask for
  for (const body of [
    '{"op":"down","force":true}',
    '{"op":"ui"}',
    '{"op":"events","logs":true}',
    "{",
    "[]",
    '{"op":"restart"}',
  ])
    expect(await ask({ method: "POST", path: "ask", body }), body).toMatchObject({ status: 400 });
  for (const method of ["OPTIONS", "PUT", "DELETE", "HEAD"])
    expect((await ask({ method, path: "ask" })).status, method).toBeGreaterThanOrEqual(400);

  const given = await ask();
  expect(given.status).toBe(200);
  expect(given.headers["content-security-policy"]).toMatch(
    /default-src 'none'; script-src 'self';.*frame-ancestors 'none'/,
  );
  expect(given.headers["access-control-allow-origin"]).toBeUndefined();
  expect(given.body).not.toMatch(/<script(?! type="module" src="page\.js">)|style=/);
  const fresh = await cookieOf(await askForPage(project));
  expect(fresh).toMatch(new RegExp(`; Path=${address.base}; HttpOnly; SameSite=Strict$`));
  await isUntouched(served);
  await ends(served);
});

test("another user of the machine cannot use a link that it reads from the process list", async (ctx) => {
  ctx.skip(process.getuid?.() !== 0 || process.platform !== "linux", "needs root on Linux, to become another user");
  const served = await serve(ctx);
  const { link } = await askForPage(served.project);
  const other = [
    "setpriv",
    "--reuid=65534",
    "--clear-groups",
    "curl",
    "-s",
    "-o",
    "/dev/null",
    "-w",
    "%{http_code}",
    link,
  ];
  expect((await runProgram(other, { env: { PATH: process.env.PATH }, cwd: "/" })).stdout).toBe("403");
  // it is not used up by that
  const { status: own } = await send(served.address, { path: new URL(link).pathname + new URL(link).search });
  expect(own).toBe(200);
  await ends(served);
});

test("a thousand connections, endless requests and a reader that does not read hold nothing up", async (ctx) => {
  const served = await serve(ctx);
  const { address, cookie, ask, project, app } = served;
  const sockets: Socket[] = [];
  ctx.onTestFinished(() => sockets.forEach((socket) => socket.destroy()));
  const open = (): Promise<Socket> =>
    new Promise((resolve) => {
      const socket = connect(address.port, "127.0.0.1", () => resolve(socket));
      socket.on("error", () => resolve(socket));
      sockets.push(socket);
    });
  await Promise.all(Array.from({ length: 1_000 }, open));
  await isUntouched(served);

  // a hundred megabytes, announced and not
  const long = "x".repeat(100 * 1024 * 1024);
  for (const head of [`content-length: ${long.length}`, "transfer-encoding: chunked"]) {
    const socket = await open();
    let answer = "";
    socket.on("data", (chunk: Buffer) => (answer += chunk.toString()));
    socket.write(
      `POST ${address.base}ask HTTP/1.1\r\nhost: 127.0.0.1:${address.port}\r\norigin: http://127.0.0.1:${address.port}\r\n` +
        `cookie: ${cookie}\r\ncontent-type: application/json\r\n${head}\r\n\r\n`,
    );
    socket.write(head.startsWith("content") ? long : `${long.length.toString(16)}\r\n${long}`);
    await until("the answer, or the end", () => socket.destroyed || answer.startsWith("HTTP/1.1 413"));
  }
  await isUntouched(served);

  // an event stream that is not read, and more lines than are queued for it
  const deaf = await open();
  let heard = "";
  deaf.pause();
  deaf.on("data", (chunk: Buffer) => (heard += chunk.toString()));
  deaf.pause();
  deaf.write(`GET ${address.base}events HTTP/1.1\r\nhost: 127.0.0.1:${address.port}\r\ncookie: ${cookie}\r\n\r\n`);
  const flooded = await project.devpm(["start", "flood"]);
  expect(flooded, flooded.output).toMatchObject({ code: 0 });
  await isUntouched(served);
  deaf.resume();
  const missed = await until("the number of missed lines", () => /"event":"log.missed".*?"lines":(\d+)/.exec(heard));
  expect(Number(missed[1])).toBeGreaterThan(0);
  expect(heard.match(/"line":"line \d/g)!.length).toBeLessThan(LINES);
  // from then on it has everything
  await app.stdout("after the flood\n");
  await until("a later line", () => heard.includes("after the flood"));
  // the history has what it missed
  const last = JSON.parse((await ask({ path: `lines?app=flood&find=line+${LINES - 1}` })).body) as { lines: unknown[] };
  expect(last.lines).toHaveLength(1);
  await ends(served);
});
