import { spawnSync } from "node:child_process";
import { type Contender, compare } from "./harness.ts";
import { type Stack, devpm, done, makeStack } from "./stack.ts";

export default async function status({ quick }: { quick: boolean }): Promise<void> {
  const running = await makeStack();
  const idle = await makeStack();
  const at = { cwd: running.folder, env: running.env };
  await done(devpm("dev", "--detach"), at);
  try {
    const report = await compare(
      {
        name: "status",
        measures: "`devpm status`, from the command to its end",
        unit: "ms",
        better: "lower",
        rounds: 30,
        quickRounds: 7,
        contenders: [
          timed("node -e 0", [process.execPath, "-e", "0"], running),
          timed("devpm status, of a session", devpm("status"), running),
          timed("devpm status, where nothing runs", devpm("status"), idle),
          timed("devpm --version", devpm("--version"), running),
        ],
      },
      { quick },
    );
    const [node = Number.NaN, ours = Number.NaN] = report.rows.map(({ median }) => median);
    console.log(
      `\nbound 1.5 × node + 100 ms = ${Math.round(1.5 * node + 100)} ms; devpm status ${Math.round(ours)} ms`,
    );
  } finally {
    await done(devpm("down"), at);
    for (const stack of [running, idle]) stack.remove();
  }
}

const timed = (name: string, [file = "", ...args]: readonly string[], { folder, env }: Stack): Contender => ({
  name,
  open: () =>
    Promise.resolve({
      sample() {
        const began = performance.now();
        const { status: code, stderr } = spawnSync(file, args, { cwd: folder, env, encoding: "utf8" });
        if (code !== 0) throw new Error(`exit ${code}: ${stderr}`);
        return Promise.resolve(performance.now() - began);
      },
      close: () => Promise.resolve(),
    }),
});
