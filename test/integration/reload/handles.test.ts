import { mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { fixture } from "../../rigs/fixtures.ts";
import { runProgram } from "../../rigs/program.ts";
import { pythonWith } from "../../rigs/python.ts";
import { until } from "../../rigs/wait.ts";
import { startWarm, type Warm } from "./rig.ts";

/** Libraries with threads, sockets or files of their own; docs/reload.md lists these, and those that were tried by hand. */
const HANDLES = ["flask==3.1.*", "grpcio", "prometheus_client", "opentelemetry-sdk", "sentry-sdk", "coverage"];
const FLASK = ["-m", "flask", "--app", "app", "run", "--port", "$PORT"];

beforeAll(async () => {
  await pythonWith(HANDLES);
}, 400_000);

interface Library {
  program?: readonly string[];
  /** What a request answers, after so many. */
  answers: (count: number) => string;
  /** What every worker has written at its exit, after so many requests. */
  wrote?: (warm: Warm, count: number) => Promise<void> | void;
}

const sent = ({ root }: Warm): string[] => readFileSync(path.join(root, "sent"), "utf8").trim().split("\n");
const libraries: Record<string, Library> = {
  grpc: { answers: () => "grpc" },
  prometheus: { answers: (count) => `requests_total ${count}.0` },
  opentelemetry: {
    answers: () => "opentelemetry",
    wrote: (warm, count) => expect(sent(warm).filter((name) => name === "span")).toHaveLength(count),
  },
  sentry: {
    answers: () => "sentry",
    wrote: (warm, count) => expect(sent(warm)).toHaveLength(count),
  },
  coverage: {
    program: ["-m", "coverage", "run", "--parallel-mode", ...FLASK],
    answers: () => "coverage",
    async wrote({ venv, root }) {
      const run = (...words: string[]) =>
        runProgram([path.join(venv, "bin/python"), "-m", "coverage", ...words], {
          cwd: root,
          env: { PATH: "/usr/bin" },
        });
      await run("combine");
      const { output } = await run("report", "--include=app.py,handle.py", "--show-missing");
      expect(output).toMatch(/app\.py +7 +0 +100%/);
      expect(output).toMatch(/handle\.py +2 +0 +100%/);
    },
  },
};

vi.setConfig({ maxConcurrency: Object.keys(libraries).length });

describe.concurrent("a library with threads or handles works after every save, and loses nothing at an exit", () => {
  it.for(Object.entries(libraries))("%s", async ([name, { program = FLASK, answers, wrote }], ctx) => {
    const warm = await startWarm(ctx, {
      requirements: HANDLES,
      files: {
        "app.py": fixture("reload/handles/app.py"),
        "handle.py": fixture(`reload/handles/${name}.py`),
        "value.py": 'VALUE = "first"\n',
      },
      program,
      env: { PROMETHEUS_MULTIPROC_DIR: "metrics" },
      prepare: (_, root) => mkdirSync(path.join(root, "metrics")),
    });
    let count = 0;
    const answer = async (value: string): Promise<void> => {
      const { status, body } = await warm.get();
      count += 1;
      expect([status, body]).toEqual([200, `${value} ${answers(count)}`]);
    };
    const save = async (value: string): Promise<void> => {
      const before = warm.all("reloaded").length;
      warm.write("value.py", `VALUE = "${value}"\n`);
      await warm.reloads(before + 1);
      await answer(value);
      await answer(value);
    };
    // any answer; a request of its own would count
    await until("the server", async () => (await warm.get("/none")).status === 404);
    await answer("first");
    await warm.told("preloaded");
    await save("second");
    warm.write("value.py", "VALUE = oops\n");
    await warm.told("crashed");
    const brokenAt = warm.reports.findIndex(({ what }) => what === "crashed");
    await until("the error page", async () => (await warm.get()).status === 503);
    await save("third");
    for (let number = 0; number < 10; number += 1) await save(`save-${number}`);
    // the broken save has thrown the loaded libraries away, where these saves left no time to load them again
    const isWarm = (): boolean => warm.all("reloaded").at(-1)?.warm === true;
    if (!isWarm()) {
      await warm.told("preloaded", brokenAt);
      await save("last");
    }
    expect(isWarm()).toBe(true);
    expect(
      warm
        .all("notice")
        .map(({ text }) => text)
        .join("\n"),
    ).not.toContain("imported again");
    await warm.stop();
    await wrote?.(warm, count);
  });
});
