import { copyFileSync, mkdtempSync, rmSync, symlinkSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { beforeAll, describe, expect, it, type TestContext } from "vitest";
import { pythonWith } from "../../rigs/python.ts";
import { until } from "../../rigs/wait.ts";
import { FLASK, FLASK_RUN, type Warm, flaskFiles, flaskRoutes, makeVenvs, startWarm } from "./rig.ts";

beforeAll(makeVenvs, 400_000);

/** The next reload's report, once it has come. */
async function reloaded(warm: Warm, text: string): Promise<ReturnType<typeof newest>> {
  const before = warm.all("reloaded").length;
  warm.write("web/routes.py", text);
  await until("its report", () => warm.all("reloaded").length > before);
  return newest(warm);
}

const newest = (warm: Warm) => warm.all("reloaded").at(-1)!;

describe("the timeline of a reload", () => {
  it("has its steps in order, and the session's percentiles", async (ctx) => {
    const warm = await startWarm(ctx, { files: flaskFiles("v0"), program: FLASK_RUN });
    await warm.warmedUp();
    for (let round = 1; round <= 4; round += 1) {
      const told = await reloaded(warm, flaskRoutes(`v${round}`));
      const { savedAt, noticedAt, forkedAt, importedAt, answeringAt } = told;
      const steps = [savedAt, noticedAt, forkedAt, importedAt, answeringAt];
      expect(steps.toSorted((a, b) => a - b)).toEqual(steps);
      expect(told.p50).toBeLessThanOrEqual(told.p95);
      expect((await warm.get()).body).toBe(`v${round}`);
    }
    const totals = warm.all("reloaded").map((told) => told.answeringAt - told.savedAt);
    expect(newest(warm).p95).toBeCloseTo(Math.max(...totals), 0);
  });

  it("names the import that grew when a reload takes more than twice the median", async (ctx) => {
    const warm = await startWarm(ctx, {
      files: { ...flaskFiles("v0"), "web/report.py": "TOTAL = 0\n" },
      program: FLASK_RUN,
    });
    await warm.warmedUp();
    const using = (value: string): string => `${flaskRoutes(value)}\nfrom web import report\n`;
    for (let round = 1; round <= 3; round += 1) await reloaded(warm, using(`v${round}`));
    const before = warm.all("reloaded").length;
    const sleepMs = Math.max(700, 3 * newest(warm).p50);
    warm.write("web/report.py", `import time\ntime.sleep(${sleepMs / 1_000})\nTOTAL = 1\n`);
    await until("its report", () => warm.all("reloaded").length > before);
    expect(newest(warm).grown).toMatchObject({ module: "web.report" });
    expect(newest(warm).grown?.ms).toBeGreaterThan(500);
  });
});

/** The shared one with a `pyvenv.cfg` of its own: other test files run beside this one. */
async function ownVenv(ctx: TestContext): Promise<string> {
  const shared = await pythonWith(FLASK);
  const own = mkdtempSync(path.join(tmpdir(), "devpm-venv-"));
  ctx.onTestFinished(() => rmSync(own, { recursive: true }));
  for (const name of ["bin", "lib"]) symlinkSync(path.join(shared, name), path.join(own, name));
  copyFileSync(path.join(shared, "pyvenv.cfg"), path.join(own, "pyvenv.cfg"));
  return own;
}

describe("more than a fork", () => {
  it("an interpreter that was changed is told at the next save", async (ctx) => {
    const venv = await ownVenv(ctx);
    const warm = await startWarm(ctx, {
      files: flaskFiles("one"),
      program: FLASK_RUN,
      through: ([, ...rest]) => [path.join(venv, "bin/python"), ...rest],
    });
    await warm.warmedUp();
    // what `python -m venv --upgrade` writes anew
    utimesSync(path.join(venv, "pyvenv.cfg"), new Date(), new Date());
    warm.write("web/routes.py", flaskRoutes("two"));
    expect(await warm.told("cold")).toEqual({ what: "cold", reason: "the interpreter changed" });
    await warm.untilBody("two");
  });
});
