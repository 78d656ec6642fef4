import { expect, type TestContext } from "vitest";
import { firstFix } from "./fixes.ts";
import { untilAnswers } from "./http.ts";
import { type Project, type ProjectOptions, openProject } from "./project.ts";
import type { Terminal } from "./terminal.ts";

/** Wide: what is printed is read line by line. */
const SIZE = { columns: 220, rows: 50 };

/** A person's two terminals in a project: one where devpm runs, one to type what it says. */
export interface FirstStart {
  project: Project;
  /** The block that a start which fails prints: its exit code, its length, and that nothing of it stayed are checked. */
  refused(code: string, exit: 2 | 3, env?: Readonly<Record<string, string>>): Promise<string>;
  /** Starts a session that stays although an app of it does not run, and returns the block that says so. */
  broken(code: string): Promise<string>;
  /** Types what the block names first, in the project's folder, and sees this address answer; then ends the session. */
  paste(block: string, url: string, accepts?: string): Promise<void>;
  /** Ends the session that `broken` started. */
  end(): Promise<void>;
}

export async function openFirstStart(ctx: TestContext, options: ProjectOptions): Promise<FirstStart> {
  const project = await openProject(ctx, options);
  let session: Terminal | null = null;

  const end = async (): Promise<void> => {
    if (session === null) return;
    session.write("\x03");
    await session.waitFor(ENDED);
    await leave(session);
    session = null;
    await project.nothingLeft();
  };

  return {
    project,
    end,
    async refused(code, exit, env = {}) {
      const said = await project.devpm(["dev"], { env });
      expect(said, said.output).toMatchObject({ code: exit });
      expect(said.output.match(/DEVPM_(?!HOME)[A-Z]\w+/g)).toEqual([code]);
      expect(said.output).toContain("Nothing was started.");
      await project.nothingLeft();
      return blockOf(said.output, code);
    },
    async broken(code) {
      session = await project.shell(SIZE);
      session.write("devpm dev\n");
      await session.waitFor(new RegExp(`${code}[^]*?\\n\\r?\\n`));
      return blockOf(session.output().replaceAll("\r", ""), code);
    },
    async paste(block, url, accepts) {
      const shell = await project.shell(SIZE);
      const describe = (): string => shell.output();
      shell.write(`${firstFix(block)}\n`);
      await untilAnswers(url, ({ status, body }) => (accepts === undefined ? status === 200 : body === accepts), {
        describe,
        deadlineMs: 120_000,
      });
      if (session === null) {
        await shell.waitFor(/ready in|already runs/);
        shell.write("\x03");
        await shell.waitFor(ENDED);
      }
      await leave(shell);
      await end();
      await project.nothingLeft();
    },
  };
}

/** What a teardown says; of an app alone "stopped:" is said when it crashes. */
const ENDED = /stopped [^:]+ in \d|nothing was running/;

async function leave(shell: Terminal): Promise<void> {
  shell.write("exit\n");
  await shell.ended();
}

/** From its sign to its last line; never longer than a screen can take in. */
function blockOf(output: string, code: string): string {
  const lines = output.split("\n").map((line) => line.trimEnd());
  const head = lines.findIndex((line) => line.includes(code));
  const start = lines.findLastIndex((line, index) => index <= head && /^[✖▲]/.test(line));
  const length = lines.slice(start).findIndex((line, index) => index > 0 && !line.startsWith("  "));
  const block = lines.slice(start, length < 0 ? undefined : start + length);
  expect(block.length, block.join("\n")).toBeLessThanOrEqual(14);
  return block.join("\n");
}
