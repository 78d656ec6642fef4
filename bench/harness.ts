import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import path from "node:path";

/** One comparison: the same work, done by several contenders in one run on one machine. */
export interface Bench {
  name: string;
  /** What one sample is, in a sentence: the caption of the table. */
  measures: string;
  unit: "ms" | "MB" | "lines/s" | "%";
  better: "lower" | "higher";
  /** The contender the ratios are taken against; the first by default. */
  against?: string;
  /** Samples a contender, and how many with `--quick`. */
  rounds: number;
  quickRounds: number;
  /** Samples at the beginning that are thrown away; 1 by default. */
  warmups?: number;
  /**
   * `in turn` (default): all are open at once and sampled A B C A B C, so that a noisy minute hits all alike.
   * `apart`: one after the other, for what a neighbour would disturb even when idle.
   */
  order?: "in turn" | "apart";
  contenders: Contender[];
  /** Other quantities of the same samples: each becomes a report of its own. */
  beside?: readonly Quantity[];
}

type Besides = Readonly<Record<string, number>>;

type Quantity = Pick<Bench, "name" | "measures" | "unit" | "better" | "against">;

export interface Contender {
  name: string;
  /** Throws `Absent` where the machine has no such contender. */
  open(): Promise<Opened>;
}

interface Sample {
  value: number;
  also?: Record<string, number>;
  most?: Record<string, number>;
  beside?: Besides;
}

export interface Opened {
  /**
   * One sample. `also` are counts that are shown beside it, added up: refused connections, lost lines. `most` are counts of
   * what there is each time, the largest of which is shown. `beside` are the other quantities of a bench that has some, by name.
   */
  sample(round: number): Promise<number | Sample>;
  close(): Promise<void>;
}

/** A contender that is not on this machine: shown as such, no failure. */
export class Absent extends Error {}

export interface Row {
  contender: string;
  median: number;
  min: number;
  max: number;
  /** median / median of `against`; null where either is missing. */
  ratio: number | null;
  samples: number[];
  also: Record<string, number>;
  absent: string | null;
}

export interface Report {
  bench: string;
  measures: string;
  unit: string;
  better: string;
  against: string;
  rows: Row[];
}

/** Runs the comparison, prints its table and writes bench/out/NAME.json. */
export async function compare(bench: Bench, { quick }: { quick: boolean }): Promise<Report> {
  const rounds = quick ? bench.quickRounds : bench.rounds;
  const sampled = await (bench.order === "apart" ? apart : inTurn)(bench, rounds);
  const report = reportOf(bench, sampled, quick);
  for (const quantity of bench.beside ?? []) {
    // some contenders may have no such quantity
    const beside = sampled
      .map((one) => ({ ...one, samples: one.besides.flatMap((each) => each[quantity.name] ?? []) }))
      .filter(({ absent, samples }) => absent || samples.length > 0)
      .map((one) => sum(one.contender, one.absent, one));
    reportOf({ contenders: bench.contenders, ...quantity }, beside, quick);
  }
  return report;
}

function reportOf(bench: Quantity & Pick<Bench, "contenders">, sampled: readonly Sampled[], quick: boolean): Report {
  const against = bench.against ?? bench.contenders[0]?.name ?? "";
  const base = sampled.find((one) => one.contender === against);
  const report: Report = {
    bench: bench.name,
    measures: bench.measures,
    unit: bench.unit,
    better: bench.better,
    against,
    rows: sampled.map(({ contender, absent, samples, also, ...one }) => ({
      contender,
      median: one.median,
      min: one.min,
      max: one.max,
      ratio: base && base.median > 0 && !absent ? one.median / base.median : null,
      samples,
      also,
      absent,
    })),
  };
  console.log(table(report));
  save(report, quick);
  return report;
}

type Sampled = Omit<Row, "ratio"> & { besides: Besides[] };

async function inTurn(bench: Bench, rounds: number): Promise<Sampled[]> {
  const all: { name: string; absent: string | null; opened: Opened | null; taken: Taken }[] = [];
  try {
    for (const contender of bench.contenders) {
      all.push({ name: contender.name, ...(await tryOpen(contender)), taken: { samples: [], besides: [], also: {} } });
    }
    for (let round = -(bench.warmups ?? 1); round < rounds; round += 1) {
      for (const { name, opened, taken } of all) if (opened) await take(name, opened, taken, round);
    }
  } finally {
    for (const { opened } of all) await opened?.close();
  }
  return all.map(({ name, absent, taken }) => sum(name, absent, taken));
}

async function apart(bench: Bench, rounds: number): Promise<Sampled[]> {
  const rows: Sampled[] = [];
  for (const contender of bench.contenders) {
    const taken: Taken = { samples: [], besides: [], also: {} };
    const { opened, absent } = await tryOpen(contender);
    try {
      if (!opened) continue;
      for (let round = -(bench.warmups ?? 1); round < rounds; round += 1)
        await take(contender.name, opened, taken, round);
    } finally {
      await opened?.close();
      rows.push(sum(contender.name, absent, taken));
    }
  }
  return rows;
}

/** After Ctrl+C nothing more is begun, so that what is open is closed; a second one ends the run at once. */
const interrupted = new AbortController();
process.once("SIGINT", () => interrupted.abort(new Error("interrupted")));

async function tryOpen(contender: Contender): Promise<{ opened: Opened | null; absent: string | null }> {
  interrupted.signal.throwIfAborted();
  try {
    return { opened: await contender.open(), absent: null };
  } catch (error) {
    if (error instanceof Absent) return { opened: null, absent: error.message };
    throw new Error(`${contender.name} could not be opened`, { cause: error });
  }
}

interface Taken {
  samples: number[];
  besides: Besides[];
  also: Record<string, number>;
}

async function take(name: string, opened: Opened, taken: Taken, round: number): Promise<void> {
  interrupted.signal.throwIfAborted();
  const sample = await opened.sample(round).catch((error: unknown) => {
    throw new Error(`${name}, round ${round}`, { cause: error });
  });
  if (round < 0) return;
  const { value, also = {}, most = {}, beside }: Sample = typeof sample === "number" ? { value: sample } : sample;
  taken.samples.push(value);
  if (beside !== undefined) taken.besides.push(beside);
  for (const [what, count] of Object.entries(also)) taken.also[what] = (taken.also[what] ?? 0) + count;
  for (const [what, count] of Object.entries(most)) taken.also[what] = Math.max(taken.also[what] ?? 0, count);
}

function sum(contender: string, absent: string | null, { samples, besides, also }: Taken): Sampled {
  return {
    contender,
    absent,
    samples,
    besides,
    also,
    median: median(samples),
    min: Math.min(...samples),
    max: Math.max(...samples),
  };
}

export function median(samples: readonly number[]): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Of a few samples it is no more than the largest of them. */
export function p95(samples: readonly number[]): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.95) - 1] ?? Number.NaN;
}

const ENOUGH_FOR_P95 = 20;

/** Markdown, so that it can be put into docs/performance.md as it is. */
export function table({ bench, measures, unit, better, against, rows }: Report): string {
  const also = [...new Set(rows.flatMap((row) => Object.keys(row.also)))];
  const spread = rows.some(({ samples }) => samples.length >= ENOUGH_FOR_P95) ? ["p95"] : [];
  const head = ["", `median ${unit}`, "min", ...spread, "max", `× ${against}`, ...also];
  const lines = rows.map((row) =>
    row.absent
      ? [row.contender, `absent: ${row.absent}`, ...head.slice(2).map(() => "")]
      : [
          row.contender,
          ...[row.median, row.min, ...spread.map(() => p95(row.samples)), row.max].map(short),
          row.ratio === null ? "" : row.ratio.toFixed(2),
          ...also.map((name) => String(row.also[name] ?? 0)),
        ],
  );
  const widths = head.map((_, column) => Math.max(3, ...[head, ...lines].map((cells) => (cells[column] ?? "").length)));
  const line = (cells: string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const rule = line(widths.map((width) => "-".repeat(width)));
  return [`\n### ${bench}`, `${measures} (${better} is better)`, "", line(head), rule, ...lines.map(line)].join("\n");
}

const short = (value: number): string =>
  value >= 100 ? Math.round(value).toLocaleString("en") : value.toFixed(value >= 10 ? 1 : 2);

function save(report: Report, quick: boolean): void {
  const out = path.join(import.meta.dirname, "out");
  mkdirSync(out, { recursive: true });
  const machine = {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    memoryMB: Math.round(totalmem() / 1e6),
    platform: `${process.platform}-${process.arch}`,
    node: process.version,
  };
  const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { cwd: out, encoding: "utf8" }).trim();
  const at = new Date().toISOString();
  writeFileSync(
    path.join(out, `${report.bench}.json`),
    `${JSON.stringify({ ...report, quick, at, commit, machine }, null, 2)}\n`,
  );
}
