// docs/pictures: real sessions of the demo, as a terminal showed them. Starts `devpm dev` in a terminal, saves a file, presses keys,
// and draws the screen of a model of that terminal. `npm start` once before, so that nothing is left to install; arguments are
// those of `devpm dev`.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import xterm from "@xterm/headless";

const root = path.dirname(import.meta.dirname);
const EDITED = path.join(root, "examples/market/web/market_routes.py");
const [COLUMNS, ROWS] = [92, 30];
const LONGEST_MS = 120_000;

/** What is done in order, each once the terminal shows the pattern; `take` draws what it shows then. */
const PICTURES = {
  "dev.svg": {
    title: "A session of devpm dev: start, a save, Ctrl+C",
    steps: [
      { once: /ready in/, save: (code) => `${code}\n` },
      { once: /reloaded/, save: (code) => code },
      { once: /reloaded[^]*reloaded[^]*1-9 one app/, keys: "\x03" },
      { once: /ports? .* (?:is|are) free\s*$/, take: "everything" },
    ],
  },
  "terminal.svg": {
    title: "The footer of devpm dev: a save that does not run, and the list of errors",
    steps: [
      { once: /ready in/, keys: "c", save: (code) => `${code}\nimport numppy\n` },
      { once: /numppy[^]*✖ \d\d:\d\d/, keys: "ce" },
      { once: /1 error\n[^]*1-9 one app/, take: "screen", save: (code) => code },
      { once: /backend ● \d+ ms/, keys: "q" },
    ],
  },
};

/** Runs the session and the steps; resolves with the rows to draw. */
async function record(command, PATH, { steps }) {
  const model = new xterm.Terminal({ cols: COLUMNS, rows: ROWS, scrollback: 10_000, allowProposedApi: true });
  const before = readFileSync(EDITED, "utf8");
  const child = inTerminal(command, PATH);
  const limit = setTimeout(() => child.kill(), LONGEST_MS);
  let rows = null;
  let step = 0;
  child.stdout.on("data", (chunk) => {
    model.write(chunk, () => {
      const next = steps[step];
      if (!next?.once.test(textOf(model))) return;
      step++;
      if (next.take) rows = drawn(model, next.take === "screen");
      if (next.save) writeFileSync(EDITED, next.save(before));
      if (next.keys) child.stdin.write(next.keys);
    });
  });
  await new Promise((resolve) => child.on("close", resolve));
  clearTimeout(limit);
  writeFileSync(EDITED, before);
  if (rows === null || step < steps.length) throw new Error(`step ${step + 1} was not reached:\n${textOf(model)}`);
  return rows;
}

function inTerminal(command, PATH) {
  const line = `stty cols ${COLUMNS} rows ${ROWS}; exec ${command.map((word) => `'${word}'`).join(" ")}`;
  const wanted = process.platform === "darwin" ? ["-q", "/dev/null", "sh", "-c", line] : ["-qfec", line, "/dev/null"];
  // what marks CI or an agent would take the footer away
  const { HOME, LANG = "C.UTF-8", DEVPM_HOME, TZ } = process.env;
  const known = { PATH, HOME, LANG, DEVPM_HOME, TZ, FORCE_COLOR: "1", TERM: "xterm-256color" };
  return spawn("script", wanted, { cwd: root, env: known });
}

function textOf({ buffer: { active } }) {
  return Array.from({ length: active.length }, (_, row) => active.getLine(row).translateToString(true)).join("\n");
}

/** Rows of coloured pieces: those of the screen, or all since the beginning. */
function drawn({ buffer: { active }, rows }, screen) {
  const from = screen ? active.baseY : 0;
  const all = Array.from({ length: active.baseY + rows - from }, (_, row) => pieces(active.getLine(from + row)));
  const first = all.findIndex((row) => row.length > 0);
  while (all.at(-1)?.length === 0) all.pop();
  const shown = all.slice(screen ? first : 0);
  return screen ? shown : [[{ text: "$ devpm dev", style: "bold" }], ...shown];
}

const COLORS = ["dim", "red", "green", "yellow", "blue", "magenta", "cyan", ""];

function styleOf(cell) {
  const color = cell.isFgPalette() ? (COLORS[cell.getFgColor() % 8] ?? "") : "";
  return [color, cell.isBold() ? "bold" : "", cell.isDim() ? "dim" : ""].filter((one) => one !== "").join(" ");
}

function pieces(line) {
  const found = [];
  for (let at = 0; at < COLUMNS; at++) {
    const cell = line.getCell(at);
    if (cell.getWidth() === 0) continue;
    const [text, style] = [cell.getChars() || " ", styleOf(cell)];
    if (found.at(-1)?.style === style) found.at(-1).text += text;
    else found.push({ text, style });
  }
  const last = found.at(-1);
  if (last) last.text = last.text.trimEnd();
  return found.filter(({ text }) => text !== "");
}

/** What is specific to this machine gets a generic name of the same length. */
function generic(text) {
  const as = (name, length) => name.padEnd(length).slice(0, Math.max(length, name.length));
  return text.replaceAll(root, () => "~/code/market").replaceAll(os.homedir(), () => as("~", 1));
}

function svg(title, rows) {
  const [glyph, height, margin] = [8.43, 20, 18];
  const width = Math.ceil(COLUMNS * glyph + 2 * margin);
  const escape = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const lines = rows.map((parts, row) => {
    const spans = parts.map(
      ({ text, style }) => `<tspan${style ? ` class="${style}"` : ""}>${escape(generic(text))}</tspan>`,
    );
    return `<text x="${margin}" y="${margin + 14 + row * height}" xml:space="preserve">${spans.join("")}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${rows.length * height + 2 * margin}" role="img">
<title>${title}</title>
<style>
text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; fill: #d6dae0; }
.bold { font-weight: bold; fill: #fff; } .dim { fill: #8b939e; } .red { fill: #ff7b72; } .green { fill: #56d364; }
.yellow { fill: #e3b341; } .blue { fill: #79c0ff; } .magenta { fill: #d2a8ff; } .cyan { fill: #56d4dd; }
</style>
<rect width="100%" height="100%" rx="8" fill="#161b22"/>
${lines.join("\n")}
</svg>
`;
}

// a devpm on the PATH, as most readers have it: it prints that name for itself
const bin = mkdtempSync(path.join(os.tmpdir(), "devpm-picture-"));
symlinkSync(path.join(root, "bin/devpm.js"), path.join(bin, "devpm"));
try {
  mkdirSync(path.join(root, "docs/pictures"), { recursive: true });
  for (const [name, picture] of Object.entries(PICTURES)) {
    const rows = await record(["devpm", "dev", ...process.argv.slice(2)], `${bin}:${process.env.PATH}`, picture);
    writeFileSync(path.join(root, "docs/pictures", name), svg(picture.title, rows));
  }
} finally {
  rmSync(bin, { recursive: true });
}
