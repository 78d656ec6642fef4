import { setTimeout as delay } from "node:timers/promises";
import { expect, it } from "vitest";
import { until } from "../../rigs/wait.ts";
import { live, openMarket } from "./rig.ts";

/** All that show no line of the history again, with a question that is opened and closed. */
const KEYS = ["e", "u", "v", "t", "s", "/", "\u001B", "r", "\u001B", "h", "p", "p", "c", "x", "v", "s", "0", "\u001B"];

it("ten thousand lines, every key and two resizes: each line once, and nothing of the footer among them", async (ctx) => {
  const { project, ports, say } = await openMarket(ctx);
  // as VS Code's terminal is, which the model is
  const { terminal, screen } = await live(ctx, project, ["dev"], { columns: 200, env: { TERM_PROGRAM: "vscode" } });
  await screen.shows(/ready in/);
  let n = 0;
  /** The footer's last line, as it is without a question. */
  let atRest = /1-9 one app|h help/;
  const question = /^ (?:\/|restart which\?)/;
  const untilFooter = (what: string, isWanted: (row: string) => boolean): Promise<unknown> =>
    until(what, async () => isWanted((await screen.rows()).findLast((row) => row !== "") ?? ""));
  const flood = async (): Promise<void> => {
    const said = (async () => {
      for (let part = 0; part < 10; part++, n += 250)
        await say(ports[0], `flood ${n / 250}.# ${"word ".repeat(12)}`, 250);
    })();
    for (const key of KEYS) {
      terminal.write(key);
      await delay(60);
      // what is read in one piece with Esc is no key
      if (key === "/" || key === "r") await untilFooter("the question", (row) => question.test(row));
      // one that asks for an app names the apps, too
      else if (key === "\u001B")
        await untilFooter("a footer at rest", (row) => atRest.test(row) && !question.test(row));
    }
    await said;
    const last = `flood ${n / 250 - 1}.249 `;
    await until("the last line", async () => (await screen.lines()).some((line) => line.includes(last)));
    await screen.shows(/\([^)]*basket\)/);
  };
  const calm = async (columns: number): Promise<void> => {
    // what is on its way to a terminal when it is resized may be drawn by either size
    for (let before = ""; before !== terminal.raw(); await delay(700)) before = terminal.raw();
    await screen.resize(columns, 24);
    atRest = columns < 60 ? /basket|h help/ : /1-9 one app|h help/;
    const from = terminal.raw().length;
    await screen.shows(columns < 60 ? /^ [^\n]*basket[^\n]*\)?$/m : /1-9 one app/);
    for (let before = ""; before !== terminal.raw() || terminal.raw().length === from; await delay(300))
      before = terminal.raw();
  };
  await flood();
  await calm(40);
  await flood();
  await calm(200);
  await flood();
  await calm(60);
  await flood();
  terminal.write("\u0003");
  expect(await terminal.ended()).toMatchObject({ code: 130 });
  const lines = await screen.lines();
  const seen = lines.flatMap((line) => [...line.matchAll(/flood (\d+\.\d+) /g)].map(([, number]) => number));
  expect(seen).toEqual(Array.from({ length: n }, (_, at) => `${Math.floor(at / 250)}.${at % 250}`));
  expect(lines.filter((line) => /one app|basket/.test(line))).toEqual([]);
  await project.nothingLeft({ ports: [...ports] });
});
