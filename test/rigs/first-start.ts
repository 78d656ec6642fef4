import { expect, type TestContext } from "vitest";
import { firstFix } from "./fixes.ts";
import { untilAnswers } from "./http.ts";
import { type Project, type ProjectOptions, openProject } from "./project.ts";
import type { Terminal } from "./terminal.ts";

/** Wide: what is printed is read line by line. */
const SIZE = { columns: 220, rows: 50 };

/** A person's two terminals in a project: one where devpm runs, one for what it suggests. */
export interface FirstStart {
  project: Project;
  /** The block that a failed start prints. Checks its exit code, its length, and that nothing is left. */
  refused(code: string, exit: 2 | 3, env?: Readonly<Record<string, string>>): Promise<string>;
  /** Starts a session that stays although one of its apps does not run, and returns the block that reports it. */
  broken(code: string): Promise<string>;
  /** Types the first command of the block in the project's folder, waits until this address answers, and ends the session. */
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
      const printed = await project.devpm(["dev"], { env });
      expect(printed, printed.output).toMatchObject({ code: exit });
      expect(printed.output.match(/DEVPM_(?!HOME)[A-Z]\w+/g)).toEqual([code]);
      expect(printed.output).toContain("Nothing was started.");
      await project.nothingLeft();
      return blockOf(printed.output, code);
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

/** The last line of a teardown; "stopped:" is printed when one app crashes. */
const ENDED = /stopped [^:]+ in \d|nothing was running/;

async function leave(shell: Terminal): Promise<void> {
  shell.write("exit\n");
  await shell.ended();
}

/** From its sign to its last line; never longer than fits on a screen. */
function blockOf(output: string, code: string): string {
  const lines = output.split("\n").map((line) => line.trimEnd());
  const head = lines.findIndex((line) => line.includes(code));
  const start = lines.findLastIndex((line, index) => index <= head && /^[✖▲]/.test(line));
  const length = lines.slice(start).findIndex((line, index) => index > 0 && !line.startsWith("  "));
  const block = lines.slice(start, length < 0 ? undefined : start + length);
  expect(block.length, block.join("\n")).toBeLessThanOrEqual(14);
  return block.join("\n");
}
