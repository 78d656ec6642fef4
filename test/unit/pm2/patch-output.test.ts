import childProcess from "node:child_process";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { RelayFrame } from "../../../src/model/relay.ts";
import type { Relay, StreamSource } from "../../../src/pm2/patch-bus.ts";
import { patchOutput } from "../../../src/pm2/patch-output.ts";

/** What reaches the relay, and the streams that it could hold. */
function relay() {
  const got: { kind: string; app: string; id: number; text: string }[] = [];
  const sources = new Set<StreamSource>();
  const made = {
    add: (source: StreamSource) => void sources.add(source),
    remove: (source: StreamSource) => void sources.delete(source),
    output: (frame: RelayFrame, pieces: readonly Buffer[]) =>
      void got.push({ ...frame, text: Buffer.concat([...pieces]).toString("latin1") }),
  };
  return { got, sources, relay: made as unknown as Relay };
}

const text = (got: readonly { kind: string; text: string }[], kind: string): string =>
  got
    .filter((one) => one.kind === kind)
    .map((one) => one.text)
    .join("");

describe("the output of what PM2 starts", () => {
  const { spawn } = childProcess;
  let here: ReturnType<typeof relay>;
  beforeEach(() => {
    here = relay();
    patchOutput(here.relay);
  });
  afterEach(() => {
    childProcess.spawn = spawn;
  });

  /** Started as PM2 does it; what PM2 itself reads of it. */
  async function run(script: string, env: object) {
    const child = childProcess.spawn("/bin/sh", ["-c", script], {
      env: env as NodeJS.ProcessEnv,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const seen: string[] = [];
    const order: string[] = [];
    child.stdout.on("data", (data: unknown) => seen.push(String(data)));
    child.stderr.on("data", (data: unknown) => seen.push(String(data)));
    child.once("exit", () => void order.push(`exit after ${here.got.length + seen.length > 0 ? "output" : "nothing"}`));
    await new Promise((resolve) => void child.once("close", resolve));
    return { seen, order };
  }

  const settings = { pm_id: 4, name: "api" };

  test("goes to the relay as it is, and PM2 sees none of it", async () => {
    const { seen, order } = await run("printf 'h\\303\\251llo\\n'; printf 'oh\\n' >&2", settings);
    expect(text(here.got, "out")).toBe("h\u00c3\u00a9llo\n");
    expect(text(here.got, "err")).toBe("oh\n");
    expect(here.got.every(({ app, id }) => app === "api" && id === 4)).toBe(true);
    expect([seen, order]).toEqual([[], ["exit after output"]]);
  });

  test("is all there when the exit is reported, though the program wrote it as it ended", async () => {
    const lines =
      'i=0; while [ $i -lt 3000 ]; do echo "line $i of what a program prints before it ends"; i=$((i+1)); done';
    await run(lines, settings);
    const out = text(here.got, "out").split("\n");
    expect(out).toHaveLength(3_001);
    expect(out[2_999]).toBe("line 2999 of what a program prints before it ends");
  });

  test("is not overwritten before the relay has written it, also by what comes after the program's end", async () => {
    const child = childProcess.spawn("/bin/sh", ["-c", 'while read x; do echo "$x"; done; echo bye'], {
      env: settings as unknown as NodeJS.ProcessEnv,
      stdio: ["pipe", "pipe", "pipe"],
    });
    const words = ["one", "two", "three", "four", "five", "six"];
    const kept: Buffer[] = [];
    let asked = 0;
    const ask = (): void => {
      const word = words[asked++];
      if (word === undefined) child.stdin.end();
      else child.stdin.write(`${word}\n`);
    };
    // as long as nothing is written
    Object.assign(here.relay, {
      output(_: RelayFrame, pieces: readonly Buffer[]) {
        kept.push(...pieces);
        if (asked <= words.length) ask();
      },
    });
    ask();
    await new Promise((resolve) => void child.once("close", resolve));
    expect(kept.length).toBeGreaterThan(words.length - 1);
    expect(Buffer.concat(kept).toString()).toBe(`${words.join("\n")}\nbye\n`);
  });

  test("of one stream stays in order with what it waited for", async () => {
    await run("for i in 1 2 3 4 5 6 7 8; do echo o$i; done; echo e1 >&2", settings);
    expect(text(here.got, "out")).toBe("o1\no2\no3\no4\no5\no6\no7\no8\n");
    expect(here.got.at(-1)).toMatchObject({ kind: "err", text: "e1\n" });
  });

  /** A program that answers each line with one, each asked for once the last is relayed, so long after it. Counts the pauses. */
  async function talk(apartMs: number) {
    let now = 0;
    const clock = vi.spyOn(process, "hrtime").mockImplementation(() => [0, now * 1e6]);
    const timers = vi.spyOn(globalThis, "setTimeout");
    try {
      const child = childProcess.spawn("/bin/sh", ["-c", 'while read x; do echo "$x"; done'], {
        env: settings as unknown as NodeJS.ProcessEnv,
        stdio: ["pipe", "pipe", "pipe"],
      });
      const { relay: made } = here;
      const relayed = made.output.bind(made);
      let asked = 0;
      const ask = (): void => {
        now += apartMs;
        if (++asked > 6) child.stdin.end();
        else child.stdin.write(`line ${asked}\n`);
      };
      made.output = (frame, pieces) => {
        relayed(frame, pieces);
        ask();
      };
      ask();
      await new Promise((resolve) => void child.once("close", resolve));
      return timers.mock.calls.filter(([, ms]) => ms === 8).length;
    } finally {
      clock.mockRestore();
      timers.mockRestore();
    }
  }

  test("that comes slowly is read as it comes, without a timer for each line", async () => {
    expect(await talk(20)).toBe(0);
    expect(here.got.map((one) => one.text)).toEqual([1, 2, 3, 4, 5, 6].map((n) => `line ${n}\n`));
  });

  test("that comes quickly is read in pauses", async () => {
    expect(await talk(1)).toBeGreaterThan(0);
    expect(text(here.got, "out")).toBe([1, 2, 3, 4, 5, 6].map((n) => `line ${n}\n`).join(""));
  });

  test.each([
    ["dates it", { log_date_format: "HH:mm" }],
    ["makes JSON of it", { log_type: "json" }],
    ["drops it", { disable_logs: true }],
    ["writes it to a file", { pm_out_log_path: "/tmp/api.log" }],
    ["writes all of it to a file", { pm_log_path: "/tmp/all.log" }],
    ["writes its errors to a file", { pm_err_log_path: "/tmp/api.err" }],
  ])("is PM2's where PM2 %s, decoded as a whole", async (_, more) => {
    const { seen } = await run("printf 'h\\303'; printf '\\251llo\\n'", { ...settings, ...more });
    expect(seen.join("")).toBe("héllo\n");
    expect(here.got).toEqual([]);
  });

  test("of files that are nowhere is not PM2's", async () => {
    await run("echo x", { ...settings, pm_out_log_path: "/dev/null", pm_err_log_path: "/dev/null" });
    expect(text(here.got, "out")).toBe("x\n");
  });

  test("of what is no app of PM2's is left as it is", async () => {
    const { seen } = await run("echo x", { PATH: "/bin" });
    expect(seen).toEqual(["x\n"]);
    expect([here.got, here.sources.size]).toEqual([[], 0]);
  });

  test("of an ended program is not held any more", async () => {
    await run("echo x", settings);
    expect(here.sources.size).toBe(0);
  });

  test("that is held is not read, and comes when it is released, or when the program ends", async () => {
    const child = childProcess.spawn("/bin/sh", ["-c", "read x; echo $x; read x"], {
      env: settings as unknown as NodeJS.ProcessEnv,
      stdio: ["pipe", "pipe", "pipe"],
    });
    for (const source of here.sources) source.hold();
    const closed = new Promise((resolve) => void child.once("close", resolve));
    child.stdin.write("hello\n");
    child.stdin.end("bye\n");
    await new Promise((resolve) => void child.once("exit", resolve));
    // its last words are taken although the relay is full: nothing else would bring them
    expect(text(here.got, "out")).toBe("hello\n");
    for (const source of here.sources) source.release();
    await closed;
    expect(text(here.got, "out")).toBe("hello\n");
  });
});
