#!/usr/bin/env node
// Plain JavaScript on purpose: it must run, and say what is wrong, on a Node that is too old for the rest.
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`devpm needs Node 20.19 or newer; this is ${process.versions.node} (${process.execPath})`);
  process.exit(3);
}
const { enableCompileCache } = await import("node:module");
enableCompileCache?.();
await import("../dist/cli.js");
