import type { Report, Row } from "./harness.ts";

/** By bench and contender: what a run on a quiet machine had, as a multiple of the peer. */
export type Baseline = Readonly<Record<string, Readonly<Record<string, number>>>>;

type Measured = Pick<Report, "bench" | "better" | "against"> & {
  rows: Pick<Row, "contender" | "samples" | "absent">[];
};

/** This many times the baseline fails. */
const WORSE = 1.5;

/**
 * The contenders of this report that have become worse, a sentence each. The best sample of each side is compared: a machine
 * that is busy with other work makes samples worse, never better.
 */
export function worse({ bench, better, against, rows }: Measured, baseline: Baseline): string[] {
  const peer = rows.find(({ contender }) => contender === against);
  return Object.entries(baseline[bench] ?? {}).flatMap(([name, before]) => {
    const row = rows.find(({ contender }) => contender === name);
    if (!row || row.absent || !peer || peer.absent) return [`${bench}: ${name} and ${against} were not both measured`];
    const now = best(row, better) / best(peer, better);
    const factor = better === "lower" ? now / before : before / now;
    if (factor <= WORSE) return [];
    return [
      `${bench}: ${name} is ${now.toFixed(3)} times ${against}, and was ${before}: worse by ${factor.toFixed(2)} (at most ${WORSE})`,
    ];
  });
}

const best = ({ samples }: Pick<Row, "samples">, better: string): number =>
  better === "lower" ? Math.min(...samples) : Math.max(...samples);

/** The same contenders, from reports that measured them more than once: all samples of all runs. */
export function together(first: Measured, ...others: readonly Measured[]): Measured {
  const rows = first.rows.map((row) => {
    const again = others.flatMap((report) => report.rows.find(({ contender }) => contender === row.contender) ?? []);
    return { ...row, samples: [row, ...again].flatMap(({ samples }) => samples) };
  });
  return { ...first, rows };
}
