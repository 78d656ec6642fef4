// What each reader of environment files makes of one line: the table of docs/notes/environment-files.md.
//
//   mkdir /tmp/readers && cd /tmp/readers && npm init -y && npm install dotenv dotenv-expand vite
//   python3 -m venv venv && venv/bin/pip install python-dotenv
//   node …/docs/notes/probes/environment-files.mjs /tmp/readers
//
// Compose is `docker compose config`, which needs no running engine. The shell holds HELD=shell and nothing else.
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { parseEnv } from "node:util";

const readers = path.resolve(process.argv[2] ?? ".");
const require = createRequire(path.join(readers, "package.json"));
const folder = path.join(readers, "probe");
mkdirSync(folder, { recursive: true });
const shell = { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "", HELD: "shell" };

/** Each sets A, which is what is compared; B is 1 where the case says so before it. */
const CASES = [
  "A=ab#cd",
  "A=ab #cd",
  "A=ab\t#cd",
  "A=#ff0000",
  "A= # said",
  'A="ab #cd" # said',
  "A='ab #cd' # said",
  "A=  both ends  ",
  'A="  both ends  "',
  "A = spaced",
  "A: colon",
  "A=",
  "A",
  "export A=1",
  "export\tA=1",
  "  A=indented",
  'A="one\ntwo"',
  "A='one\ntwo'",
  "A=`one\ntwo`",
  String.raw`A="one\ntwo"`,
  String.raw`A='one\ntwo'`,
  String.raw`A=one\ntwo`,
  String.raw`A="a \"quote\""`,
  String.raw`A='it\'s'`,
  String.raw`A="C:\\new"`,
  'A="json {"a": 1}"',
  `A='{"a": 1}'`,
  'A={"a":1}',
  'A="ab"cd',
  "A=it's",
  "B=1\nA=${B}",
  "B=1\nA='${B}'",
  'B=1\nA="${B}"',
  "B=1\nA=$B",
  "A=pa$$word",
  'A="pa$$word"',
  "A=pa$word",
  String.raw`A=\$B`,
  String.raw`A=\${B}`,
  "A=${GONE}",
  "A=${GONE:-none}",
  "A=${GONE-none}",
  "B=\nA=${B:-none}",
  "B=\nA=${B-none}",
  "B=1\nA=${B:+set}",
  "A=${GONE:?needed}",
  "B=1\nA=${GONE:-${B}}",
  "A=${LATER}\nLATER=1",
  "HELD=file\nA=${HELD}",
  "A=1\nA=2",
  "\ufeffA=1",
  "A=1\r\nB=2\r\n",
  'A="one\r\ntwo"\r\n',
  "a.b=1\nA=${a.b}",
  'A="never closed\nB=1',
  "some words\nA=1",
  "=1\nA=1",
  "A=ünï 🦦",
];

const python = (text) => {
  const file = path.join(folder, "python.env");
  writeFileSync(file, text);
  const code = `import json, os, dotenv; dotenv.load_dotenv(${JSON.stringify(file)}); print(json.dumps(os.environ.get("A")))`;
  const done = spawnSync(path.join(readers, "venv/bin/python"), ["-W", "ignore", "-c", code], {
    env: shell,
    encoding: "utf8",
  });
  return done.status === 0 ? JSON.parse(done.stdout) : undefined;
};

const compose = (text) => {
  writeFileSync(path.join(folder, "compose.env"), text);
  writeFileSync(
    path.join(folder, "compose.yml"),
    "name: probe\nservices: { s: { image: scratch, env_file: compose.env } }\n",
  );
  const args = [
    "compose",
    "--project-directory",
    folder,
    "-f",
    path.join(folder, "compose.yml"),
    "config",
    "--format",
    "json",
  ];
  const done = spawnSync("docker", args, { env: shell, encoding: "utf8" });
  // what it prints can be read by Compose again: a `$` is written `$$`
  const value = done.status === 0 ? (JSON.parse(done.stdout).services.s.environment?.A ?? null) : undefined;
  return value?.replaceAll("$$", "$") ?? value;
};

const dotenv = (text) => require("dotenv").parse(text).A ?? null;

const vite = async (text) => {
  const at = path.join(folder, "vite");
  mkdirSync(at, { recursive: true });
  writeFileSync(path.join(at, ".env"), text);
  const code = `import { loadEnv } from ${JSON.stringify(pathToFileURL(require.resolve("vite")).href)};
    console.log(JSON.stringify(loadEnv("development", ${JSON.stringify(at)}, "").A ?? null));`;
  const done = spawnSync(process.execPath, ["--input-type=module", "-e", code], { env: shell, encoding: "utf8" });
  return done.status === 0 ? JSON.parse(done.stdout) : undefined;
};

const node = (text) => parseEnv(text).A ?? null;

const shown = (value) =>
  value === undefined
    ? "*refused*"
    : value === null
      ? "–"
      : `\`${JSON.stringify(value).slice(1, -1).replaceAll("|", "\\|")}\``;
console.log("| file | python-dotenv | Compose | Vite | dotenv | Node |\n|---|---|---|---|---|---|");
for (const text of CASES) {
  const values = [python(text), compose(text), await vite(text), dotenv(text), node(text)];
  const file = JSON.stringify(text).slice(1, -1).replaceAll("|", "\\|").replaceAll('\\"', '"').replaceAll("`", "´");
  console.log(`| \`${file}\` | ${values.map(shown).join(" | ")} |`);
}
