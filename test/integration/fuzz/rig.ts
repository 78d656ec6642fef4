import { Chalk } from "chalk";
import * as fc from "fast-check";
import { catalog } from "../../../src/diagnostics/catalog.ts";
import type { Diagnostic } from "../../../src/diagnostics/diagnostic.ts";
import { printDiagnostics } from "../../../src/diagnostics/print.ts";
import type { Outcome } from "../../../src/diagnostics/outcome.ts";
import { within } from "../../rigs/wait.ts";

/**
 * Inputs over all properties; `npm run soak:input` asks for 200 000. Each property takes its share of it. (A name with
 * `DEVPM_` would be removed by test/rigs/setup.ts.)
 */
const INPUTS = Number(process.env.FUZZ_INPUTS ?? 2_600);
/** Whatever takes longer has hung. */
const HUNG_MS = 30_000;
/** The same of a process of its own, which on a busy machine may take this long to begin. */
export const PROCESS_HUNG_MS = 30_000;

/** Room for the soak; a run of CI takes seconds. */
export const DEADLINE = { timeout: 60_000 + INPUTS * 60 };

/**
 * Holds for every input, or fails with the smallest one that it does not hold for and the seed that finds it again:
 * `FUZZ_SEED=N npm test -- test/integration/fuzz`.
 */
export async function holds<T>(
  share: number,
  inputs: fc.Arbitrary<T>,
  check: (input: T) => Promise<void> | void,
  hungMs = HUNG_MS,
): Promise<void> {
  // a run of every day draws the same inputs each time; the soak draws new ones
  const seed = process.env.FUZZ_SEED ?? (process.env.FUZZ_INPUTS === undefined ? "20261129" : undefined);
  await fc.assert(
    fc.asyncProperty(inputs, (input) =>
      within(
        "the answer to one input",
        Promise.resolve().then(() => check(input)),
        { deadlineMs: hungMs },
      ),
    ),
    {
      numRuns: Math.ceil(INPUTS * share),
      ...(seed === undefined ? {} : { seed: Number(seed) }),
      endOnFailure: false,
      interruptAfterTimeLimit: DEADLINE.timeout,
      markInterruptAsFailure: true,
    },
  );
}

/** An answer is a project, or diagnostics of exit 2 or 3 that can be printed in a terminal. */
export function isAnswer(outcome: Outcome<unknown>): void {
  if (!outcome.ok) isRefusal(outcome.diagnostics);
}

export function isRefusal(diagnostics: readonly Diagnostic[]): void {
  if (diagnostics.length === 0) throw new Error("refused without a reason");
  for (const { code } of diagnostics) {
    const { exit } = catalog[code];
    if (exit !== 2 && exit !== 3) throw new Error(`${code} is exit ${exit}`);
  }
  const text = printDiagnostics(diagnostics, { columns: 80, colors: new Chalk({ level: 0 }), asTyped: (said) => said });
  // what a config holds must not move the cursor or change the window's title
  // oxlint-disable-next-line no-control-regex
  const control = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/.exec(text);
  if (control)
    throw new Error(`it prints the control character ${JSON.stringify(control[0])}: ${JSON.stringify(text)}`);
}

/** Names and texts that have broken something somewhere. */
export const nasty = fc.oneof(
  fc.constantFrom(
    ...["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "valueOf", "length", "then", "toJSON"],
    ...[
      "",
      " ",
      ".",
      "..",
      "../x",
      "../../etc/passwd",
      "/",
      "//",
      "~",
      "a/b",
      "a\\b",
      "con",
      "NUL",
      "-",
      "--help",
      "-n",
    ],
    ...[
      "a\nb",
      "a\r\nb",
      "\u001b[31mred",
      "\u001b]0;title\u0007",
      "\u0000",
      "a\u0000b",
      "\u202Ertl",
      "\uFEFF",
      "\uD800",
    ],
    ...[
      "App",
      "app",
      "APP",
      "Ａpp",
      "é",
      "e\u0301",
      "💥",
      "a b",
      "$PORT",
      "${PORT}",
      "$(reboot)",
      "`reboot`",
      "'",
      '"',
    ],
    ...["*", "**/**/**/**", "{a,{b,{c,d}}}", "!(!(!(a)))", "[[[[", "(((((a+)+)+)+)+$", "%s%n", "NaN", "Infinity"],
  ),
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.string({ maxLength: 12 }),
  fc.constantFrom("a", "ab", "*", "{a,", "(", "\\", "'", "=").map((piece) => piece.repeat(3_000)),
);
