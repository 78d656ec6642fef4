import path from "node:path";
import { describe, expect, it } from "vitest";
import { NEVER_SAVED } from "../../../src/model/save-rules.ts";
import type { App } from "../../../src/model/project.ts";
import { preforkCommand } from "../../../src/reload/prefork-command.ts";
import { commandResult } from "../command-result.ts";

const APP: App = {
  name: "backend",
  kind: "flask",
  command: { argv: [], shell: false },
  cwd: "/p",
  port: 5050,
  ports: [],
  envFiles: ["/p/.env"],
  env: {},
  start: true,
  dependsOn: { apps: [], services: [], tasks: [] },
  ready: { kind: "default", timeoutMs: 1 },
  reload: "warm",
  watch: ["/p", "/p/prompts/*.txt"],
  ignore: ["data/**"],
  installs: [],
  setup: [{ run: [], inputs: ["/p/requirements.txt", "/p/.env"], output: null, cwd: "/p", title: "" }],
  graceMs: 3_000,
  venv: "/p/.venv",
  toolchain: "python",
  pm2: {},
};
const FILES: Record<string, string> = {
  "/p/.venv/pyvenv.cfg": "home = /usr/bin\nversion = 3.11.7\n",
  "/old/pyvenv.cfg": "version_info = 3.8.18.final.0\n",
  "/p/.venv/bin/flask": "#!/p/.venv/bin/python\n",
};
const PREFORK = path.resolve(import.meta.dirname, "../../../dist/reload/prefork/__main__.py");

function warm(argv: string[], app: Partial<App> = {}): ReturnType<typeof preforkCommand> {
  const files = {
    read: (file: string) => Promise.resolve(FILES[file] ?? null),
    kind: (file: string) => Promise.resolve(file === "/p" ? ("folder" as const) : null),
  };
  const commands = {
    run: () => Promise.resolve(commandResult({ stdout: "3.12" })),
  };
  const outside = { files, commands, environment: { shell: {} } } as unknown as Parameters<typeof preforkCommand>[0];
  return preforkCommand(outside, { ...APP, ...app }, argv);
}

describe("how a command is kept warm", () => {
  it("its interpreter runs the supervisor, with what to watch and what a fork cannot pick up", async () => {
    const argv = ["/p/.venv/bin/python", "-u", "-m", "flask", "--app", "web.app", "run", "--port", "5050"];
    expect(await warm(argv)).toEqual({
      argv: [
        ...["/p/.venv/bin/python", "-u", PREFORK],
        ...["--watch", "/p", "--watch-all", "/p/prompts/*.txt", "--ignore", "data/**"],
        ...["--skip", NEVER_SAVED.join(" ")],
        ...["--cold", "/p/.env", "--cold", "/p/requirements.txt", "--port", "5050", "--grace", "2.8"],
        ...["--", "-m", "flask", "--app", "web.app", "run", "--port", "5050"],
      ],
    });
  });

  it("an installed script runs with the interpreter that it names", async () => {
    const command = await warm(["/p/.venv/bin/flask", "run", "--host=0.0.0.0"]);
    expect(command).toHaveProperty("argv.0", "/p/.venv/bin/python");
    expect("argv" in command && command.argv.slice(-3)).toEqual(["/p/.venv/bin/flask", "run", "--host=0.0.0.0"]);
    expect("argv" in command && command.argv.join(" ")).toContain("--host 0.0.0.0 --grace");
  });

  it.for([
    ["flask", "--no-reload", ["-m", "flask", "run", "--debug", "--port", "5050"]],
    ["django", "--noreload", ["manage.py", "runserver", "5050"]],
  ] as const)("the preset of %s runs warm as with the framework's own reloader", async ([kind, off, program]) => {
    const argv = ["/p/.venv/bin/python", ...program.slice(0, -1), off, ...program.slice(-1)];
    const ends = async (app: object): Promise<unknown> => {
      const made = await warm(argv, app);
      return "argv" in made && made.argv.slice(made.argv.indexOf("--") + 1);
    };
    expect(await ends({ kind })).toEqual(program);
    // who writes the flag has chosen it
    expect(await ends({ kind: "command" })).toContain(off);
  });

  it("uv run, poetry run: the runner still finds the interpreter", async () => {
    const command = await warm(["/usr/bin/uv", "run", "flask", "run"]);
    expect("argv" in command && command.argv.slice(0, 4)).toEqual(["/usr/bin/uv", "run", "python", PREFORK]);
    expect("argv" in command && command.argv.slice(-3)).toEqual(["--", "flask", "run"]);
  });

  it("hatch run dev:serve: the interpreter of that environment", async () => {
    const command = await warm(["/usr/bin/hatch", "run", "dev:serve", "--port", "1"]);
    expect("argv" in command && command.argv.slice(0, 5)).toEqual([
      "/usr/bin/hatch",
      "run",
      "--",
      "dev:python",
      PREFORK,
    ]);
    expect("argv" in command && command.argv.slice(-4)).toEqual(["--", "serve", "--port", "1"]);
  });

  it.for([
    [["/usr/bin/node", "server.js"], { toolchain: "node" as const }, /not a Python program/],
    [["/p/.venv/bin/other"], {}, /not a Python script/],
    [["/old/bin/python", "server.py"], {}, /needs Python 3\.9, and this is 3\.8/],
    [["/usr/bin/pypy3", "server.py"], {}, /PyPy/],
    [["/usr/bin/uv", "run", "--with", "x", "flask"], {}, /does not show which Python program/],
    [["/p/.venv/bin/python", "-m", "granian", "app"], {}, /granian/],
    [["/bin/sh", "-c", "cd x && python a.py"], { command: { shell: true, line: "cd x && python a.py" } }, /a shell/],
  ] as const)("%s cannot", async ([argv, app, reason]) => {
    expect(await warm([...argv], app)).toEqual({ cannot: expect.stringMatching(reason) as string });
  });

  it("what reloads itself is not restarted as well", async () => {
    const argv = ["/p/.venv/bin/python", "-m", "streamlit", "run", "app.py"];
    expect(await warm(argv)).toEqual({ cannot: "streamlit reloads it by itself", itself: true });
  });
});
