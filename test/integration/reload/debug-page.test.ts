import { beforeAll, expect, it } from "vitest";
import { pythonWith } from "../../rigs/python.ts";
import { until } from "../../rigs/wait.ts";
import { type Program, startPlain } from "./plain.ts";
import { FLASK, startWarm } from "./rig.ts";

beforeAll(async () => {
  await pythonWith(FLASK);
}, 300_000);

const OLD = "This page is of code that a save has replaced: reload the page.";
const routes = (value: string): string =>
  `from flask import Flask\n\napp = Flask(__name__)\n\n\n@app.get("/")\ndef index():\n    value = "${value}"\n    raise RuntimeError(value)\n`;
const program = ["-m", "flask", "--app", "app", "run", "--debug", "--port", "$PORT"];

/** What a browser does with Werkzeug's page: its requests, with the PIN's cookie. */
class Page {
  cookie = "";
  html = "";
  readonly program: Pick<Program, "port">;

  constructor(of: Pick<Program, "port">) {
    this.program = of;
  }

  async open(path = "/"): Promise<this> {
    this.html = await (await this.ask(path)).text();
    return this;
  }

  found(pattern: RegExp): string {
    return pattern.exec(this.html)?.[1] ?? "";
  }

  get isTrusted(): boolean {
    return this.found(/EVALEX_TRUSTED = (\w+)/) === "true";
  }

  ask(path: string): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.program.port}${path}`, {
      headers: { cookie: this.cookie, connection: "close" },
    });
  }

  async send(values: Record<string, string>): Promise<Response> {
    const secret = this.found(/SECRET = "(\w+)"/);
    return this.ask(`/?${new URLSearchParams({ __debugger__: "yes", ...values, s: secret }).toString()}`);
  }

  async enter(pin: string): Promise<unknown> {
    const answer = await this.send({ cmd: "pinauth", pin });
    this.cookie = (answer.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
    return answer.json();
  }

  /** In the console of the innermost frame, which is the last one; frame 0 is that of the page `/console`. */
  async evaluate(code: string, frame = /.*id="frame-(\d+)"/s): Promise<string> {
    const answer = await this.send({ cmd: code, frm: this.found(frame) || "0" });
    return (await answer.text()).replaceAll(/<[^>]*>/g, "").trim();
  }
}

const pinOf = (at: Pick<Program, "output">): Promise<string> =>
  until("the PIN", () => /Debugger PIN: ([\d-]+)\n/.exec(at.output())?.[1], { describe: () => at.output() });

it("Werkzeug's debugger over saves: one PIN, its cookie goes on, and an old page's console says that it is old", async (ctx) => {
  const options = { files: { "app.py": routes("first") }, program };
  const [plain, warm] = await Promise.all([startPlain(ctx, options, true), startWarm(ctx, options)]);
  const pin = await pinOf(warm);
  expect(pin).toBe(await pinOf(plain));
  // as under the plain command
  for (const at of [plain, warm]) {
    const page = new Page(at);
    await until("the page", async () => (await page.open()).html.includes("RuntimeError: first"));
    expect(page.isTrusted).toBe(false);
    expect(await page.enter(pin)).toEqual({ auth: true, exhausted: false });
    expect(await page.evaluate("value + '!'")).toContain("first!");
  }

  const old = await new Page(warm).open();
  await old.enter(pin);
  const shell = await new Page(warm).open("/console");
  shell.cookie = old.cookie;
  expect(await shell.evaluate("app.name")).toContain("app");
  for (const value of ["second", "third"]) {
    warm.write("app.py", routes(value));
    const page = new Page(warm);
    page.cookie = old.cookie;
    await until("the new page", async () => (await page.open()).html.includes(`RuntimeError: ${value}`));
    // the cookie of the PIN is good for the next worker too
    expect(page.isTrusted).toBe(true);
    expect(await page.evaluate("value + '!'")).toContain(`${value}!`);
    expect(await old.evaluate("value + '!'")).toBe(OLD);
    expect(await shell.evaluate("app.name")).toBe(OLD);
    expect((await page.send({ cmd: "resource", f: "style.css" })).status).toBe(200);
    expect((await old.send({ cmd: "resource", f: "style.css" })).status).toBe(200);
  }
  // what only looks like such a request is the program's own
  expect((await warm.get("/?__debugger__=yes&cmd=x")).body).toContain("RuntimeError: third");
  expect(warm.output().match(/Debugger PIN/g)).toHaveLength(1);
});
