// npm run bench [-- --quick] [--gate] [NAME…]: the comparisons of bench/*.bench.ts, or those that are named, one after another.
// --gate: fails where devpm is worse beside its peer than bench/baseline.json allows.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { prepareOrExit } from "../scripts/prepare.mjs";

const here = import.meta.dirname;
const quick = process.argv.includes("--quick");
const names = process.argv.slice(2).filter((arg) => !arg.startsWith("-"));
const known = readdirSync(here)
  .filter((name) => name.endsWith(".bench.ts"))
  .map((name) => name.slice(0, -".bench.ts".length));
const unknown = names.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(`no bench is called ${unknown.join(", ")}; there are: ${known.join(", ")}`);
  process.exit(2);
}

await prepareOrExit();
installPeers();
const { tsImport } = await import("tsx/esm/api");
const { together, worse } = await tsImport(pathToFileURL(path.join(here, "gate.ts")).href, import.meta.url);
const failed = [];
for (const name of names.length > 0 ? names : known) {
  try {
    const { default: bench } = await tsImport(pathToFileURL(path.join(here, `${name}.bench.ts`)).href, import.meta.url);
    await (process.argv.includes("--gate") ? gated(bench) : bench({ quick }));
  } catch (error) {
    console.error(`\n### ${name} failed`, error);
    failed.push(name);
  }
}
console.log(failed.length > 0 ? `\nfailed: ${failed.join(", ")}` : "\nJSON in bench/out");
// something a contender left open must not keep a finished run waiting
process.exit(failed.length > 0 ? 1 : 0);

/** The programs devpm is compared with are no dependencies of devpm: they have a package of their own here. */
function installPeers() {
  if (existsSync(path.join(here, "node_modules/.package-lock.json"))) return;
  console.error("bench: installing the peers to compare with");
  const done = spawnSync("npm", ["ci", "--no-audit", "--no-fund"], { cwd: here, stdio: ["ignore", 2, 2] });
  if (done.status !== 0) process.exit(1);
}

/** What seems worse is measured once more: other work on the machine makes a sample worse as well, and a second one shows it. */
async function gated(bench) {
  const baseline = JSON.parse(readFileSync(path.join(here, "baseline.json"), "utf8"));
  const first = await reportsOf(bench);
  if (first.every((report) => worse(report, baseline).length === 0)) return;
  const again = await reportsOf(bench);
  const both = first.map((report) => together(report, ...again.filter((one) => one.bench === report.bench)));
  const problems = both.flatMap((report) => worse(report, baseline));
  if (problems.length > 0) throw new Error(problems.join("\n"));
}

async function reportsOf(bench) {
  const began = new Date().toISOString();
  await bench({ quick });
  const out = path.join(here, "out");
  return readdirSync(out)
    .map((name) => JSON.parse(readFileSync(path.join(out, name), "utf8")))
    .filter(({ at }) => at >= began);
}
