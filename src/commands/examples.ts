import type { Command } from "commander";
import { createAsTyped } from "../diagnostics/as-typed.ts";

type Examples = readonly (readonly [line: string, does: string])[];

/** Lines that can be pasted, below the help of the program ("") and of its commands. */
const EXAMPLES: Readonly<Record<string, Examples>> = {
  "": [
    ["devpm init", "write a configuration from what the repository holds"],
    ["devpm dev", "run everything until Ctrl+C"],
    ["devpm logs -f", "from another terminal: what the apps print"],
    ["devpm down", "end it from anywhere"],
  ],
  dev: [
    ["devpm dev", "everything, until Ctrl+C"],
    ["devpm dev --detach", "return once it is ready; devpm down ends it"],
    ["devpm dev --only web", "one app and what it depends on"],
    ["devpm dev --port web=5174", "another port, for this session"],
    ["devpm dev --no-infra", "without Docker"],
  ],
  down: [
    ["devpm down", "the apps; containers stay up for the next start"],
    ["devpm down --infra", "the containers too; their data is kept"],
    ["devpm down --all", "every session of yours, in whatever folder"],
  ],
  attach: [
    ["devpm attach", "the running session, from any terminal; Ctrl+C leaves it running"],
    ["devpm attach backend", "one app only; its prompts (pdb, input()) are answered here"],
    ["devpm attach backend --eval 'p x'", "send one line to its prompt, print the answer"],
  ],
  logs: [
    ["devpm logs", "the last 100 lines, and what follows"],
    ["devpm logs backend --since last-save", "one app, since the newest save"],
    ["devpm logs --level error --since 10m", "errors of the last ten minutes"],
    ["devpm logs --json --no-follow", "one JSON object a line"],
  ],
  errors: [
    ["devpm errors", "what is broken now, with file and line"],
    ["devpm errors --since last-save --json", "what the last save broke, for scripts and agents"],
  ],
  ui: [
    ["devpm ui", "open the page of the running session"],
    ["devpm ui --no-open", "print its address: it can be opened once, within an hour"],
  ],
  status: [["devpm status --json", "for scripts"]],
  request: [
    ["devpm request backend /api/items", "what it answers, and what it logs meanwhile"],
    [`devpm request backend /api/items -d '{"name": "tea"}' --json`, "a POST, for scripts"],
  ],
  requests: [
    ["devpm requests backend", "the last requests to one app"],
    ["devpm requests --since last-save --json", "what answered since the last save, for scripts and agents"],
  ],
  restart: [["devpm restart backend", "a cold restart of one app"]],
  wait: [
    ["devpm wait --timeout 120", "until every app is ready"],
    ["devpm wait backend --for reload", "until the newest save is what answers"],
    ["devpm wait --file ui/src/App.jsx", "until this save answers, or its error"],
  ],
  infra: [
    ["devpm infra up", "start the services, wait until they are healthy"],
    ["devpm infra status", "their state"],
  ],
  render: [["devpm render > plain.json", "then, without devpm: pm2 start plain.json"]],
  init: [
    ["devpm init --dry-run", "look at it first"],
    ["devpm init", "write ecosystem.config.ts"],
    ["devpm init --debug", "with a debugger for each Python app, and the editor's entries to attach"],
  ],
  explain: [["devpm explain DEVPM_PORT_HELD", "why it happens, and what to do"]],
  completion: [["devpm completion bash >> ~/.bashrc", "from the next shell on"]],
};

/** `invocation`: what a user types here for `devpm`. */
export function addExamples(program: Command, invocation: () => string): void {
  const asTyped = createAsTyped({ program: invocation, place: "" });
  for (const command of [program, ...program.commands]) {
    const examples = EXAMPLES[command === program ? "" : command.name()];
    if (examples)
      command.addHelpText("after", () => text(examples.map(([line, does]) => [asTyped(line), asTyped(does)])));
  }
}

function text(examples: Examples): string {
  const width = Math.max(...examples.map(([line]) => line.length));
  return ["", "Examples:", ...examples.map(([line, does]) => `  ${line.padEnd(width)}  ${does}`)].join("\n");
}
