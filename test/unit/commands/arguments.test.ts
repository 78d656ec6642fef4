import { describe, expect, test } from "vitest";
import { COMMANDS } from "../../../src/diagnostics/as-typed.ts";
import { catalog } from "../../../src/diagnostics/catalog.ts";
import { fixesIn } from "../../rigs/fixes.ts";
import { type } from "./type-in.ts";

const EXISTING = [
  ..."completion ui requests dev doctor down explain explain-env infra init list logs render restart run start status stop wait".split(
    " ",
  ),
];

describe("help", () => {
  test("lists every command, none of which is hidden or loads the whole system", async () => {
    const { code, out } = await type("--help");
    expect(code).toBe(0);
    for (const name of EXISTING) expect(out).toMatch(new RegExp(`^  ${name}\\b`, "m"));
    expect(out).not.toMatch(/^ {2}\*/m);
  });

  test.each(EXISTING)("of %s explains each flag and ends well", async (name) => {
    const { code, out, err } = await type(name, "--help");
    expect(code).toBe(0);
    expect(err).toBe("");
    expect(out).toMatch(new RegExp(`^Usage: devpm ${name}`));
    for (const line of out.split("\n").filter((one) => /^ {2}-/.test(one)))
      expect(line, line).toMatch(/^ {2}-\S.* {2,}\S/);
  });

  test.each([[[]], [["infra"]], [["agent"]]])("is all that %j prints, and is exit 2", async (words) => {
    const { code, out, err } = await type(...words);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toMatch(/^Usage: devpm /);
    expect(err).not.toContain("outputHelp");
  });

  test.each([
    [[], "devpm ["],
    [["dev"], "devpm dev ["],
    [["infra"], "devpm infra ["],
    [["infra", "up"], "devpm infra up ["],
    [["agent", "init"], "devpm agent init ["],
    [["run", "backend"], "devpm run "],
  ])("of %j is what `help` prints", async (words, usage) => {
    const { code, out, err } = await type("help", ...words);
    expect([code, err]).toEqual([0, ""]);
    expect(out.startsWith(`Usage: ${usage}`)).toBe(true);
  });

  test.each([
    [["statsu"], /did you mean +status.*devpm --help/s],
    [["infra", "don"], /did you mean +down.*devpm infra --help/s],
    [["*"], /unknown command '\*'/],
  ])("of %j, which is no command, is exit 2", async (words, said) => {
    const { code, out, err } = await type("help", ...words);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toMatch(said);
  });

  test("a command that a message names is one that exists, or is planned", () => {
    for (const name of EXISTING) expect(COMMANDS as readonly string[]).toContain(name);
  });

  test("the version", async () => {
    expect(await type("--version")).toMatchObject({ code: 0, out: "0.0.0-test\n" });
  });
});

describe("an argument that cannot be used is exit 2, and says what was expected", () => {
  test.each([
    [["dev", "--port", "5050"], "expected APP=N with a port from 1 to 65535, such as backend=5051"],
    [["dev", "--port", "api=0"], "expected APP=N"],
    [["dev", "--port", "api=65536"], "expected APP=N"],
    [["dev", "--port", "=5050"], "expected APP=N"],
    [["dev", "--port", "api=80a"], "expected APP=N"],
    [["dev", "--timeout", "0"], "expected a number of seconds"],
    [["dev", "--timeout", "-1"], "expected a number of seconds"],
    [["dev", "--timeout", "soon"], "expected a number of seconds"],
    [["dev", "--timeout", "99999999"], "at most 2147423 (24 days)"],
    [["dev", "--timeout", "1e3"], "expected a number of seconds"],
    [["wait", "--timeout", "NaN"], "expected a number of seconds"],
    [["wait", "--for", "rain"], "Allowed choices are ready, reload"],
    [["logs", "-n", "ten"], "expected a whole number"],
    [["logs", "-n", "-1"], "expected a whole number"],
    [["logs", "-n", "1.5"], "expected a whole number"],
    [["logs", "--level", "loud"], "Allowed choices are error, warn, info"],
    [["render", "--format", "xml"], "Allowed choices are"],
    [["completion", "tcsh"], "Allowed choices are bash, zsh, fish."],
    [["completion"], "missing required argument 'shell'"],
    [["explain"], "missing required argument 'code'"],
    [["explain-env"], "missing required argument 'app'"],
    [["restart"], "missing required argument"],
    [["run", "api"], "missing required argument"],
    [["status", "--jsn"], "did you mean  --json"],
    [["dev", "--no-infr"], "did you mean  --no-infra"],
    [["status", "-C"], "argument missing"],
    [["-C", "/nowhere", "status"], "there is no folder /nowhere (-C)"],
  ])("%j", async (words, problem) => {
    const { code, err, out } = await type(...words);
    expect(code).toBe(2);
    expect(err).toContain(problem);
    expect(err).toMatch(/^✖ .* DEVPM_USAGE$/m);
    expect(err).toContain("Nothing was started.");
    expect(err.trimEnd().split("\n").length, err).toBeLessThanOrEqual(14);
    expect(out).toBe("");
  });

  test.each([
    ["start", "devpm dev", "devpm start backend"],
    ["stop", "devpm down", "devpm stop backend"],
    ["run", "devpm dev", "devpm run backend -- COMMAND", "devpm restart TASK"],
    ["restart", "devpm restart --help"],
  ])("%s without a name says what is started, stopped or run in general", async (name, ...commands) => {
    const { code, err } = await type(name);
    expect(code).toBe(2);
    expect(fixesIn(err)).toEqual([...new Set([...commands, `devpm ${name} --help`])]);
  });

  test("the command that has no such flag is the one whose help is offered", async () => {
    expect(fixesIn((await type("infra", "up", "--bogus")).err)).toEqual(["devpm infra up --help"]);
    expect(fixesIn((await type("--bogus")).err)).toEqual(["devpm --help"]);
  });
});

describe("a command of another tool", () => {
  test.each([
    ["up", "devpm dev"],
    ["serve", "devpm dev"],
    ["watch", "devpm dev"],
    ["ps", "devpm status"],
    ["ls", "devpm list"],
    ["kill", "devpm down"],
    ["config", "devpm render"],
    ["statsu", "devpm status"],
    ["lgos", "devpm logs"],
    ["zzz", "devpm --help"],
  ])("%s: %s is offered, nothing is started", async (word, command) => {
    const { code, err } = await type(word);
    expect(code).toBe(2);
    expect(err).toContain(`devpm has no command "${word}"`);
    expect(err).toContain(command);
    expect(err).toContain("Nothing was started.");
  });

  test("with its arguments, quoted where a shell would take them apart", async () => {
    expect((await type("exec", "db", "psql", "-c", "select 1")).err).toContain(
      "docker compose exec db psql -c 'select 1'",
    );
    expect((await type("build", "web")).err).toContain("docker compose build web");
    expect((await type("pull")).err).toMatch(/docker compose pull$/m);
    expect((await type("logz", "my api")).err).toContain("devpm logs 'my api'");
  });

  test("what every object has is no habit", async () => {
    expect((await type("toString")).err).toContain('no command "toString"');
    expect((await type("constructor")).code).toBe(2);
  });
});

describe("explain", () => {
  test.each(Object.keys(catalog))("%s has a page with its exit code", async (code) => {
    const { code: exit, out } = await type("explain", code);
    expect(exit).toBe(0);
    expect(out).toContain(`${code}  ${catalog[code as keyof typeof catalog].title}`);
    expect(out.trimEnd().endsWith(`exit code ${catalog[code as keyof typeof catalog].exit}`)).toBe(true);
    for (const line of out.split("\n")) expect(line.length, line).toBeLessThanOrEqual(120);
  });

  test.each(["port-held", "PORT_HELD", "devpm_port_held"])("%s is understood", async (spelled) => {
    expect((await type("explain", spelled)).out).toContain("DEVPM_PORT_HELD");
  });

  test("a part of codes names those that have it", async () => {
    const { code, err } = await type("explain", "port");
    expect(code).toBe(2);
    expect(err).toMatch(/known +DEVPM_PORT_/);
    expect(err).toContain("DEVPM_PORT_HELD_SESSION");
    expect(err).not.toContain("DEVPM_USAGE,");
  });

  test("an unknown code names the nearest, and fails", async () => {
    const { code, err } = await type("explain", "PORT_HOLD");
    expect(code).toBe(2);
    expect(err).toContain("devpm explain DEVPM_PORT_HELD");
    expect((await type("explain", "zzzzzzzzzzzzzzz")).err).toContain("There is no diagnostic called zzzzzzzzzzzzzzz");
  });
});

describe("where no session runs", () => {
  test.each([
    [["status"], 0, "is not running"],
    [["list"], 0, "No session is running."],
    [["wait", "--timeout", "1"], 1, "DEVPM_NO_SESSION"],
    [["restart", "api"], 1, "DEVPM_NO_SESSION"],
    [["start", "api"], 1, "DEVPM_NO_SESSION"],
    [["stop", "api"], 1, "DEVPM_NO_SESSION"],
    [["logs"], 0, "no logs yet"],
    [["logs", "api"], 2, "DEVPM_APP_UNKNOWN"],
  ] as [string[], number, string][])("%j: exit %i, %s", async (words, exit, text) => {
    const { code, out, err } = await type(...words);
    expect(code, out + err).toBe(exit);
    expect(out + err).toContain(text);
  });

  test("status --json has its whole shape", async () => {
    const { out, code } = await type("status", "--json");
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ session: null, apps: [], infra: [] });
  });

  test("wait --json says why", async () => {
    const { out } = await type("wait", "--json", "--timeout", "1");
    expect(JSON.parse(out)).toMatchObject({ ok: false, apps: [], error: "no session is running" });
  });
});
