// docs/pictures/dev.svg: a real session of the demo, as its terminal showed it. Starts `devpm dev` in a terminal, saves a
// file, presses Ctrl+C, and draws what was printed. `npm start` once before, so that nothing is left to install.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";

const root = path.dirname(import.meta.dirname);
const EDITED = path.join(root, "examples/market/web/market_routes.py");
const COLUMNS = 92;
const LONGEST_MS = 120_000;

/** What a terminal received, up to the end of the session. */
function record(command, PATH) {
  const before = readFileSync(EDITED, "utf8");
  const line = `stty cols ${COLUMNS} rows 50; exec ${command.map((word) => `'${word}'`).join(" ")}`;
  const wanted = process.platform === "darwin" ? ["-q", "/dev/null", "sh", "-c", line] : ["-qfec", line, "/dev/null"];
  const child = spawn("script", wanted, {
    cwd: root,
    env: { ...process.env, PATH, FORCE_COLOR: "1", TERM: "xterm-256color" },
  });
  const limit = setTimeout(() => child.kill(), LONGEST_MS);
  let text = "";
  let stage = 0;
  child.stdout.setEncoding("utf8").on("data", (chunk) => {
    text += chunk;
    if (stage === 0 && /ready in/.test(text)) {
      stage = 1;
      writeFileSync(EDITED, `${before}\n`);
    } else if (stage === 1 && /reloaded/.test(text)) {
      stage = 2;
      writeFileSync(EDITED, before);
    } else if (stage === 2 && text.split("reloaded").length > 2) {
      stage = 3;
      child.stdin.write("\x03");
    }
  });
  return new Promise((resolve, reject) => {
    child.on("close", () => {
      clearTimeout(limit);
      writeFileSync(EDITED, before);
      if (stage === 3) resolve(text);
      else reject(new Error(`the session did not get as far as its end:\n${text}`));
    });
  });
}

/** Lines of coloured pieces; what is specific to this machine gets a generic name. */
function screen(text) {
  const shown = text
    .replaceAll("\r", "")
    .replaceAll(root, "~/code/market")
    .replaceAll(os.homedir(), "~")
    .replaceAll("^C", "")
    .trimEnd();
  return [[{ text: "$ devpm dev", style: "bold" }], ...shown.split("\n").flatMap((line) => wrapped(pieces(line)))];
}

const STYLES = {
  1: "bold",
  2: "dim",
  31: "red",
  32: "green",
  33: "yellow",
  34: "blue",
  35: "magenta",
  36: "cyan",
  90: "dim",
};

function pieces(line) {
  const found = [];
  let style = "";
  // oxlint-disable-next-line no-control-regex
  for (const part of line.split(/(\u001B\[[\d;]*[A-Za-z])/)) {
    // oxlint-disable-next-line no-control-regex
    const code = /^\u001B\[([\d;]*)([A-Za-z])$/.exec(part);
    if (code === null) {
      if (part !== "") found.push({ text: part, style });
    } else if (code[2] === "m") style = STYLES[code[1].split(";").at(-1)] ?? "";
  }
  return found;
}

/** As a terminal of this width breaks a line. */
function wrapped(parts) {
  const rows = [[]];
  let room = COLUMNS;
  for (const { text, style } of parts) {
    for (let rest = text; rest !== "";) {
      if (room === 0) {
        rows.push([]);
        room = COLUMNS;
      }
      rows.at(-1).push({ text: rest.slice(0, room), style });
      const taken = Math.min(room, rest.length);
      rest = rest.slice(taken);
      room -= taken;
    }
  }
  return rows;
}

function svg(lines) {
  const [glyph, height, margin] = [8.43, 20, 18];
  const width = Math.ceil(COLUMNS * glyph + 2 * margin);
  const escape = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const rows = lines.map((parts, row) => {
    const spans = parts.map(({ text, style }) => `<tspan${style ? ` class="${style}"` : ""}>${escape(text)}</tspan>`);
    return `<text x="${margin}" y="${margin + 14 + row * height}" xml:space="preserve">${spans.join("")}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${lines.length * height + 2 * margin}" role="img">
<title>A session of devpm dev: start, a save, Ctrl+C</title>
<style>
text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; fill: #d6dae0; }
.bold { font-weight: bold; fill: #fff; } .dim { fill: #8b939e; } .red { fill: #ff7b72; } .green { fill: #56d364; }
.yellow { fill: #e3b341; } .blue { fill: #79c0ff; } .magenta { fill: #d2a8ff; } .cyan { fill: #56d4dd; }
</style>
<rect width="100%" height="100%" rx="8" fill="#161b22"/>
${rows.join("\n")}
</svg>
`;
}

// a devpm on the PATH, as most readers have it: it prints that name for itself
const bin = mkdtempSync(path.join(os.tmpdir(), "devpm-picture-"));
symlinkSync(path.join(root, "bin/devpm.js"), path.join(bin, "devpm"));
try {
  const printed = await record(["devpm", "dev", ...process.argv.slice(2)], `${bin}:${process.env.PATH}`);
  mkdirSync(path.join(root, "docs/pictures"), { recursive: true });
  writeFileSync(path.join(root, "docs/pictures/dev.svg"), svg(screen(printed)));
} finally {
  rmSync(bin, { recursive: true });
}
