#!/usr/bin/env node
// Plain JavaScript on purpose: it must run, and report the problem, on a Node that is too old for the rest.
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  const line = ["devpm"].concat(process.argv.slice(2)).join(" ");
  // each version manager has its own way; npx has a newer Node for one call where there is none
  const fix = process.env.NVM_DIR
    ? `. "$NVM_DIR/nvm.sh" && nvm install 22 && npx ${line}`
    : `npx --yes --package node-${process.platform}-${process.arch}@22 -- ${line}`;
  console.error(`✖ devpm needs Node 20.19 or newer; this is ${process.versions.node}   DEVPM_NODE_TOO_OLD
  node      ${process.execPath}
  Nothing was started.
  fix       ${fix}`);
  process.exit(3);
}
try {
  process.cwd();
} catch {
  // a worktree that was removed, or a folder that was made again: then the shell is still in the old one
  console.error(`✖ the folder that this shell is in is gone   DEVPM_USAGE
  Nothing was started.
  fix       cd "$PWD" || cd`);
  process.exit(2);
}
const { beginSession, run } = require("../dist/lib/begin.cjs");
beginSession();
run(require.resolve("../dist/lib/cli.cjs"));
