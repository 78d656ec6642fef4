import { readFileSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";
import { until } from "../../rigs/wait.ts";
import { FLASK_RUN, flaskFiles, flaskRoutes, makeVenvs, startWarm } from "./rig.ts";

beforeAll(makeVenvs, 300_000);

/** Begins some time after the app serves: what it writes while it starts is another matter. */
const WRITER = `import threading, time


def write():
    time.sleep(1.3)
    for n in range(10**6):
        with open("web/made.py", "w") as made:
            made.write(f"NOW = {time.time()}\\n")
        time.sleep(0.2)


threading.Thread(target=write, daemon=True).start()
`;

test.for([
  ["that is not loaded", ""],
  // nobody asks for anything: two seconds after its start a worker is asked what it has read
  ["that is loaded", "import web.made\n"],
] as const)(
  "a thread that writes a watched file %s for ever reloads its app a few times, then it is named; a person's save counts",
  async ([, loads], ctx) => {
    const files = flaskFiles("one");
    const warm = await startWarm(ctx, {
      files: { ...files, "web/made.py": "NOW = 0\n", "web/app.py": `${loads}${WRITER}${files["web/app.py"]}` },
      program: FLASK_RUN,
      options: ["--watch", "."],
    });
    const told = await until(
      "the line about it",
      () => warm.all("notice").find(({ text }) => text.includes("again and again")),
      {
        describe: warm.output,
      },
    );
    expect(told.text).toContain("web/made.py is written by the app itself again and again");
    // the reload of a save before may still be under way
    const before = (await warm.allSoFar("reloaded")).length;
    // it goes on writing, as this shows, and reloads nothing
    const written = new Set<string>();
    await until("more of its writes", () => written.add(readFileSync(`${warm.root}/web/made.py`, "utf8")).size > 15);
    expect(warm.all("reloaded")).toHaveLength(before);
    warm.write("web/routes.py", flaskRoutes("two"));
    await warm.untilBody("two");
    // the worker of that save is asked too
    const all = (await warm.reloads(before + 1)).length;
    written.clear();
    await until("more of its writes", () => written.add(readFileSync(`${warm.root}/web/made.py`, "utf8")).size > 15);
    expect(warm.all("reloaded").length - all).toBeLessThanOrEqual(1);
    expect(warm.all("notice").filter(({ text }) => text.includes("again and again"))).toHaveLength(1);
  },
);
