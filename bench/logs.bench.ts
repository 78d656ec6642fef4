import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { builtDevpm } from "../test/rigs/devpm.ts";
import { cleanEnvironment } from "../test/rigs/environment.ts";
import { cpuOf } from "./cpu.ts";
import { compare, type Contender, type Opened } from "./harness.ts";
import { peer } from "./peers.ts";
import { family } from "./pss.ts";

/** Prints so many numbered lines of 80 bytes once the file `go` is there, as fast as its reader takes them. */
const SPAM = `
import { existsSync } from "node:fs";
const [count, go] = [Number(process.argv[2]), process.argv[3]];
console.log("spam waits");
while (!existsSync(go)) await new Promise((resolve) => setTimeout(resolve, 20));
let text = "";
for (let n = 0; n < count; n++) {
  text += ("line " + String(n).padStart(7, "0") + " ").padEnd(79, "x") + "\\n";
  if (text.length > 60_000) {
    if (!process.stdout.write(text)) await new Promise((resolve) => process.stdout.once("drain", resolve));
    text = "";
  }
}
process.stdout.write(text + "spam ends\\n");
setInterval(() => {}, 1_000_000);
`;

const WHOLE = /line (\d{7}) x{66}(?="|$)/;
const DEADLINE = 180_000;

/** A program that shows the spam's lines on its stdout. */
interface Shown {
  command: readonly string[];
  env: Record<string, string>;
  cwd: string;
  /** In its output once it would show what comes next. */
  attached: RegExp;
  /** It runs in a terminal, and ends by Ctrl+C there. */
  terminal?: true;
  /** A part of its work is done by a process that it has not started. */
  partly?: true;
}

interface Room {
  folder: string;
  spam: readonly string[];
  env: Record<string, string>;
}

function contender(
  count: number,
  name: string,
  show: (room: Room) => Promise<Shown> | Shown,
  clean?: (room: Room) => Promise<void>,
): Contender {
  const open = (): Promise<Opened> =>
    Promise.resolve({
      async sample() {
        const folder = mkdtempSync(path.join(tmpdir(), "devpm-bench-logs-"));
        writeFileSync(path.join(folder, "spam.mjs"), SPAM);
        const go = path.join(folder, "go");
        const spam = [process.execPath, path.join(folder, "spam.mjs"), String(count), go];
        const env = {
          ...cleanEnvironment(folder),
          DEVPM_HOME: path.join(folder, "d"),
          PM2_HOME: path.join(folder, "p"),
        };
        const room = { folder, spam, env };
        try {
          return await measured(await show(room), go, count);
        } finally {
          await clean?.(room);
          rmSync(folder, { recursive: true, force: true });
        }
      },
      close: () => Promise.resolve(),
    });
  return { name, open };
}

async function measured({ command, env, cwd, attached, terminal, partly }: Shown, go: string, count: number) {
  const [file = "", ...args] = command;
  const child = spawn(file, args, { cwd, env, stdio: ["pipe", "pipe", "inherit"] });
  if (!terminal) child.stdin.end();
  const ended = new Promise((resolve) => child.once("close", resolve));
  const chunks: Buffer[] = [];
  // the app itself prints the same under each
  const spent = (): number => cpuOf(family(child.pid!).filter((seen) => !/^\S+ \S*spam\.mjs /.test(seen.command)));
  let began = 0;
  let before = 0;
  let tail = "";
  let done = (): void => {};
  const finished = new Promise<void>((resolve) => (done = resolve));
  child.stdout.on("data", (chunk: Buffer) => {
    tail = tail.slice(-100) + chunk.toString("latin1");
    chunks.push(chunk);
    if (began === 0 && attached.test(tail)) {
      // what still has to connect (pm2's bus) has a moment
      setTimeout(() => {
        before = spent();
        writeFileSync(go, "");
      }, 500);
      began = -1;
    }
    if (began <= 0 && tail.includes("line 0000000")) began = performance.now();
    if (tail.includes("spam ends")) done();
  });
  const timer = setTimeout(done, DEADLINE);
  await Promise.race([finished, ended]);
  clearTimeout(timer);
  const seconds = (performance.now() - began) / 1000;
  const cpu = spent() - before;
  if (terminal) child.stdin.write("\u0003");
  else child.kill("SIGINT");
  await ended;
  const sample = { value: count / seconds, also: judged(Buffer.concat(chunks).toString(), count) };
  return partly ? sample : { ...sample, beside: { "logs-cpu": cpu } };
}

/** Every line must be there once, whole and in order. */
function judged(text: string, count: number): Record<string, number> {
  const seen = new Uint8Array(count);
  let broken = 0;
  let reordered = 0;
  let last = -1;
  for (const line of text.split(/\r*\n/)) {
    const number = Number(WHOLE.exec(line)?.[1] ?? -1);
    if (number === -1 && /xxx|line \d/.test(line)) broken++;
    if (number === -1) continue;
    if (number < last) reordered++;
    last = number;
    seen[number] = 1;
  }
  return { lost: count - seen.reduce((sum, one) => sum + one, 0), broken, reordered };
}

async function run(command: readonly string[], { folder, env }: Room): Promise<void> {
  const [file = "", ...args] = command;
  await new Promise((resolve) => spawn(file, args, { cwd: folder, env, stdio: "ignore" }).once("close", resolve));
}

export default async function bench({ quick }: { quick: boolean }): Promise<void> {
  const count = quick ? 200_000 : 1_000_000;
  const devpm =
    (flags: string[]) =>
    ({ folder, spam, env }: Room): Shown => {
      const config = { apps: { spam: { command: spam } } };
      writeFileSync(path.join(folder, "ecosystem.config.json"), JSON.stringify(config));
      return { command: [...builtDevpm(), "dev", ...flags], env, cwd: folder, attached: /spam waits/ };
    };
  const inTerminal =
    (flags: string[]) =>
    (room: Room): Shown => {
      const shown = devpm(flags)(room);
      const line = `stty cols 200 rows 50; exec ${shown.command.map((word) => `'${word}'`).join(" ")}`;
      const { CI: _, ...env } = shown.env;
      return {
        ...shown,
        command: ["script", "-qfec", line, "/dev/null"],
        env: { ...env, TERM: "xterm-256color" },
        terminal: true,
      };
    };
  const pm2 = peer("pm2");
  /** They say nothing about a change of devpm's, and take most of the time. */
  const slower = [
    contender(count, "devpm dev, in a terminal", inTerminal([])),
    contender(count, "devpm dev --plain, in a terminal", inTerminal(["--plain"])),
    contender(
      count,
      "pm2 logs --raw",
      async (room) => {
        const [, script = "", ...args] = room.spam;
        await run([...pm2, "start", script, "--name", "spam", "--", ...args], room);
        return {
          command: [...pm2, "logs", "--raw", "--lines", "5"],
          env: room.env,
          cwd: room.folder,
          attached: /spam waits/,
          partly: true,
        };
      },
      (room) => run([...pm2, "kill"], room),
    ),
  ];
  await compare(
    {
      name: "logs",
      measures: `${count.toLocaleString("en")} lines of 80 bytes from one app to the reader of stdout, first line to last`,
      unit: "lines/s",
      better: "higher",
      against: "concurrently",
      beside: [
        {
          name: "logs-cpu",
          measures: `CPU of all processes but the app for ${count.toLocaleString("en")} lines of it, from its first line to its last`,
          unit: "ms",
          better: "lower",
          against: "concurrently",
        },
      ],
      rounds: 3,
      quickRounds: 3,
      warmups: 0,
      contenders: [
        contender(count, "devpm dev", devpm([])),
        contender(count, "devpm dev --json", devpm(["--json"])),
        ...(quick ? [] : slower),
        contender(count, "concurrently", ({ spam, env, folder }) => ({
          command: [...peer("concurrently"), "-n", "spam", spam.join(" ")],
          env,
          cwd: folder,
          attached: /spam waits/,
        })),
      ],
    },
    { quick },
  );
}
