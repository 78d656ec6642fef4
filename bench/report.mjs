// node bench/report.mjs: docs/performance.md from bench/out, as the last `npm run bench` left it. Quick runs are no
// figures: they are left out, and named. What the page has of other comparisons stays.
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { tsImport } from "tsx/esm/api";

const here = import.meta.dirname;
const out = path.join(here, "out");
const page = path.join(path.dirname(here), "docs/performance.md");

const row = (report, name) => report.rows.find(({ contender }) => contender.startsWith(name));
const median = (report, name) => row(report, name)?.median ?? Number.NaN;
/** Where another name begins with this one. */
const exact = (report, name) => report.rows.find(({ contender }) => contender === name)?.median ?? Number.NaN;
const atMost = (value, bound, unit = "") => ({
  ok: value <= bound,
  said: `${short(value)}${unit}, at most ${short(bound)}${unit}`,
});
const times = (report, name, bound) => atMost(row(report, name)?.ratio ?? Number.NaN, bound, " ×");
const atLeast = (report, name, bound) => {
  const ratio = report.rows.find(({ contender }) => contender === name)?.ratio ?? Number.NaN;
  return { ok: ratio >= bound, said: `${short(ratio)} ×, at least ${short(bound)} ×` };
};
const against = (report, name, other, bound) => atMost(median(report, name) / median(report, other), bound, " ×");
const steady = (report) => {
  const { samples = [] } = row(report, "devpm (warm)") ?? {};
  return [`${report.bench}: p95 against the median`, atMost(p95(samples) / median(report, "devpm (warm)"), 2, " ×")];
};
const warm = (report) => [
  [`${report.bench} against the framework's own reloader`, times(report, "devpm (warm)", 0.05)],
  [`${report.bench} against \`pm2 --watch\``, against(report, "devpm (warm)", "pm2 --watch, defaults", 0.07)],
  steady(report),
];
const plain = (what, name, bound) => (report) => [
  [`${report.bench}: ${what} against the plain command`, times(report, name, bound)],
];
const requests = plain("a request", "devpm (warm)", 1.1);
const firstStart = plain("the first start", "warm python", 1.1);
const WITH_WORKERS = "with the workers: the one that answers, the next";
// said both ways: the process that is kept warm, and all that stands there with the workers it forks; the plain command
// reloads nothing, the framework's own reloader does
const warmMemory = (report) => [
  ...plain("the warm Python's memory (PSS)", "warm python, shared pages counted once", 1.2)(report),
  ...plain("the same with its two workers", WITH_WORKERS, 1.35)(report),
  [
    `${report.bench}: the same against the framework's own reloader`,
    against(report, WITH_WORKERS, "own reloader", 1.1),
  ],
];
const kept = (report, after, before) => {
  const more = exact(report, after) - exact(report, before);
  return [`what the page leaves in its engine (PSS): ${after}`, atMost(more, 5, " MB")];
};
const waits = (report) => [[`${report.bench}: wait_for_save over MCP`, times(report, "wait_for_save", 1.1)]];
const waitsThere = (report) => [
  [`${report.bench}: devpm wait that was there before`, times(report, "devpm wait", 1.1)],
];
/** By comparison, the bounds that devpm has set itself: the name of each, and whether the report keeps it. */
const BOUNDS = {
  "reload-flask": warm,
  "reload-fastapi": warm,
  "reload-heavy": (report) => [
    ["reload-heavy against its trivial twin", against(report, "devpm (warm)", "devpm (warm), its trivial twin", 1.3)],
    steady(report),
  ],
  "reload-requests-flask": requests,
  "reload-requests-fastapi": requests,
  "reload-requests-fastapi-kept": requests,
  "reload-start-flask": firstStart,
  "reload-start-fastapi": firstStart,
  "reload-start-heavy": firstStart,
  "reload-memory-flask": warmMemory,
  "reload-memory-fastapi": warmMemory,
  "reload-memory-heavy": warmMemory,
  logs: (report) => [
    ["lines of a log against concurrently", atLeast(report, "devpm dev", 0.8)],
    ["lines of `devpm dev --json` against concurrently", atLeast(report, "devpm dev --json", 0.6)],
  ],
  "logs-cpu": (report) => [["CPU for the lines of an app against concurrently's", times(report, "devpm dev", 1.5)]],
  start: (report) => [
    ["second start against the raw shell", times(report, "devpm dev", 1.5)],
    ["second start against concurrently", against(report, "devpm dev", "concurrently", 1)],
  ],
  scale: (report) => [
    ["save to answer with 20 apps and 100,000 files against one small app", times(report, "20 apps", 1.2)],
  ],
  hmr: (report) => [
    ["HMR against bare Vite", times(report, "devpm dev", 1.05)],
    ["HMR", atMost(median(report, "devpm dev"), 200, " ms")],
  ],
  watch: (report) => [
    ["restart at a save against chokidar + spawn", times(report, "devpm", 1.25)],
    ["restart at a save", atMost(median(report, "devpm"), 1000, " ms")],
  ],
  memory: (report) => [
    ["memory when idle (PSS)", atMost(exact(report, "devpm dev"), 50, " MB")],
    ["memory when idle (PSS), detached", atMost(exact(report, "devpm dev --detach"), 45, " MB")],
  ],
  "idle-cpu": (report) => [["CPU when idle, of one core", atMost(exact(report, "devpm dev"), 0.01, " %")]],
  "page-memory": (report) => [
    kept(report, "closed again", "never asked for"),
    kept(report, "closed again, a million lines searched", "never asked for, a million lines"),
  ],
  "page-paint": (report) => [["a save's row on the page against its event", times(report, "a save, its row", 1.2)]],
  "page-lines": (report) =>
    report.rows.map(({ contender, median: ms }) => [
      `a frame of a million lines, ${contender}`,
      atMost(ms, 100, " ms"),
    ]),
  "wait-warm": waits,
  "wait-restart": waits,
  "wait-there-warm": waitsThere,
  "wait-there-restart": waitsThere,
  status: (report) => [
    ["`devpm status`", atMost(median(report, "devpm status"), 1.5 * median(report, "node") + 100, " ms")],
  ],
  infra: (report) => [["infra check against `up -d --wait`", times(report, "devpm's check, library", 0.5)]],
};

/** The figures of `npm run soak:memory`, which are no comparison; else those that the page has. */
const SOAK = "soak-memory.json";
const SOAK_TITLE = "## What a session holds under load";
const COMPARISONS = "## The comparisons";

const reports = existsSync(out)
  ? readdirSync(out)
      .filter((name) => name.endsWith(".json") && name !== SOAK)
      .toSorted()
      .map((name) => JSON.parse(readFileSync(path.join(out, name), "utf8")))
  : [];
const whole = reports.filter(({ quick }) => !quick);
const quick = reports.filter((report) => report.quick).map(({ bench }) => bench);
if (quick.length > 0) console.error(`left out, for they were made with --quick: ${quick.join(", ")}`);
if (whole.length === 0) {
  console.error("bench/out holds no figures: run `npm run bench` first");
  process.exit(1);
}
const { p95, table } = await tsImport(pathToFileURL(path.join(here, "harness.ts")).href, import.meta.url);

/** What the page has, of comparisons that were not made anew: it stays, with the day on which it was measured. */
const before = existsSync(page) ? readFileSync(page, "utf8") : "";

function text() {
  const promises = whole.flatMap((report) => BOUNDS[report.bench]?.(report) ?? []).map(promise);
  const sections = before.split(/^(?=## )/m);
  const had = (title) => sections.find((section) => section.startsWith(title)) ?? "";
  return `${[
    "# How fast devpm is",
    "<!-- generated by `node bench/report.mjs` from the results of `npm run bench` -->",
    `\`npm run bench && node bench/report.mjs\` generates this page. Contenders take turns within one run on one machine, so the
ratios say more than the milliseconds; all samples are in \`bench/out/NAME.json\`. What one run leaves out stays as it was.`,
    "Where the time of a start goes, step by step, stands in [notes/start.md](notes/start.md).",
    "## Targets",
    ["| | measured | met |", "|---|---|---|", ...together(promises, rowsOf(had("## Targets")))].join("\n"),
    ...soak(had(SOAK_TITLE)),
    COMPARISONS,
    ...together(
      whole.map(comparison),
      had(COMPARISONS)
        .split(/^(?=### )/m)
        .slice(1),
    ),
  ].join("\n\n")}\n`;
}

/** By what they begin with, in its order: those made anew, and of the former ones what they leave out. */
function together(made, former) {
  const named = (part) => part.split(/[|\n]/)[part.startsWith("|") ? 1 : 0].trim();
  const names = new Set(made.map(named));
  return [...made, ...former.filter((part) => !names.has(named(part)))]
    .map((part) => part.trim())
    .toSorted((a, b) => (a < b ? -1 : 1));
}

const rowsOf = (section) => section.split("\n").filter((line) => /^\| [^|]/.test(line) && !line.startsWith("| |"));

function comparison(report) {
  const { at, commit, machine } = report;
  const where = `${machine.cpu}, ${machine.cores} cores, ${machine.platform}, Node ${machine.node}`;
  return `${table(report).trim()}\n\nMeasured ${at.slice(0, 10)} at ${commit} on ${where}.`;
}

function soak(had) {
  const file = path.join(out, SOAK);
  if (existsSync(file)) return [SOAK_TITLE, JSON.parse(readFileSync(file, "utf8")).markdown];
  return had === "" ? [] : [had.trim()];
}

/** A line of the table of promises. */
const promise = ([what, { ok, said }]) => `| ${what} | ${said} | ${ok ? "yes" : "**no**"} |`;

function short(value) {
  return value >= 100 ? String(Math.round(value)) : String(Math.round(value * 100) / 100);
}

writeFileSync(page, text());
console.log(path.relative(process.cwd(), page));
