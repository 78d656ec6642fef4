// Loaded by node before a clustered app's script: gives it the environment that PM2's own process must not see.
// PM2 hands a cluster's settings over as JSON in one variable and spreads them later. The file is what
// src/pm2/environment-file.ts writes: `export NAME='value'`, a quote inside written as '\'', and `:` before what no shell exports.
const { readFileSync } = require("node:fs");

const file = JSON.parse(process.env.pm2_env ?? "{}").DEVPM_ENVIRONMENT_FILE;
if (file) {
  for (const [, name, value] of readFileSync(file, "utf8").matchAll(/^(?:export|:) (\w+)='((?:[^']|'\\'')*)'$/gm))
    process.env[name] = value.replaceAll(String.raw`'\''`, "'");
}
