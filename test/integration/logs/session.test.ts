import { describe, expect, it, type TestContext } from "vitest";
import { displayWidth } from "../../../src/util/text.ts";
import { openProject, type Project } from "../../rigs/project.ts";
import { runProgram } from "../../rigs/program.ts";

const COUNT = 4_000;

/** Letters of one to four bytes: the pipe's pieces end in the middle of many of them. */
const text = (n: number): string => `${String(n).padStart(5, "0")} aß市🙂`.repeat(3);

const SPEAKER = `
const text = (n) => (String(n).padStart(5, "0") + " aß市🙂").repeat(3);
console.error("\\x1b[31mERROR\\x1b[0m on stderr");
let all = "";
for (let n = 0; n < ${COUNT}; n++) all += text(n) + "\\n";
process.stdout.write(all, () => console.log("said all"));
process.stdin.resume();
setInterval(() => {}, 1e6);
`;

async function speaking(ctx: TestContext): Promise<Project> {
  return openProject(ctx, {
    awkwardPath: true,
    files: {
      "speak.mjs": SPEAKER,
      "ecosystem.config.json": JSON.stringify({ apps: { speaker: { command: "node speak.mjs" } } }),
    },
  });
}

const said = (output: string): string[] =>
  [...output.matchAll(/^speaker \| (\d{5} .*)$/gm)].map(([, line]) => line ?? "");
const everything = Array.from({ length: COUNT }, (_, n) => text(n));

describe("the logs of a session", () => {
  it("reach the terminal, a second terminal and the files whole and in order", async (ctx) => {
    const project = await speaking(ctx);
    const dev = project.start(["dev"]);
    await dev.waitFor(/speaker \| said all\n/);
    expect(said(dev.stdout.text())).toEqual(everything);
    // by a pipe of its own, so it may come later
    await dev.waitFor(/speaker ¦ ERROR on stderr\n/);

    const following = project.start(["logs", "speaker", "-n", "5000"]);
    await following.waitFor(/said all/);
    expect(said(following.stdout.text())).toEqual(everything);

    const head = await runProgram(["bash", "-o", "pipefail", "-c", "devpm logs -n 5000 | head -n 2"], {
      cwd: project.root,
      env: project.env,
    });
    expect(head).toMatchObject({ code: 0, stderr: "" });
    expect(head.stdout.split("\n")).toHaveLength(3);

    // the session prints nothing more, and yet its reader is missed, where tail is GNU's
    const quiet = await runProgram(
      ["bash", "-o", "pipefail", "-c", "[[ $(tail --version 2>&1) != *coreutils* ]] || devpm logs -n 1 | head -n 1"],
      { cwd: project.root, env: project.env },
    );
    expect(quiet).toMatchObject({ code: 0, stderr: "" });

    dev.kill("SIGINT");
    expect(await dev.ended()).toMatchObject({ code: 130 });
    expect(await following.ended()).toMatchObject({ code: 0 });

    const after = await project.devpm(["logs", "--since", "1h", "--grep", "^0399"]);
    expect(said(after.stdout)).toEqual(everything.filter((line) => line.startsWith("0399")));
    const errors = await project.devpm(["logs", "--level", "error", "--json"]);
    expect(JSON.parse(errors.stdout)).toMatchObject({ app: "speaker", stream: "err", line: "ERROR on stderr" });
    await project.nothingLeft();
  });

  it("fit a terminal of 40 columns and keep its colours, which no pipe gets", async (ctx) => {
    const project = await speaking(ctx);
    const terminal = await project.terminal(["dev"], { columns: 40 });
    await terminal.waitFor(/said all/);
    await terminal.waitFor(/ERROR on stderr/);
    await terminal.waitFor(/from\s+any\s+terminal/);
    const ours = terminal
      .output()
      .split(/\r?\n/)
      .filter((line) => line.startsWith("devpm ") || line.startsWith("✔ "));
    expect(ours.length).toBeGreaterThan(2);
    for (const line of ours) expect(displayWidth(line)).toBeLessThanOrEqual(40);
    expect(terminal.raw()).toContain("\u001B[31mERROR\u001B[0m");

    // visible, for the rig leaves control sequences out
    const history = async (env: Record<string, string>, flags = ""): Promise<string> => {
      const shown = `devpm ${flags} logs --no-follow --grep ERROR | cat -v`;
      return (await runProgram(["bash", "-c", shown], { cwd: project.root, env: { ...project.env, ...env } })).stdout;
    };
    const plain = "speaker M-BM-& ERROR on stderr\n";
    expect(await history({})).toBe(plain);
    expect(await history({ FORCE_COLOR: "1" })).toContain("^[[31mERROR^[[0m on stderr^[[0m\n");
    expect(await history({ FORCE_COLOR: "1" }, "--no-color")).toBe(plain);

    terminal.write("\u0003");
    expect(await terminal.ended()).toMatchObject({ code: 130 });
    await project.nothingLeft();
  });
});
