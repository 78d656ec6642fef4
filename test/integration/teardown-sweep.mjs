// What the next devpm command does with a dead session's file. Usage: node teardown-sweep.mjs DIST FILE. Prints the receipt.
import { readFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [dist, recordFile] = process.argv.slice(2);
const load = (file) => import(pathToFileURL(path.join(dist, file)).href);
const { processes } = await load("system/processes/processes.js");
const { ports } = await load("system/ports/ports.js");
const { files } = await load("system/files/files.js");
const { clock } = await load("system/clock.js");
const { sweep } = await load("teardown/sweep.js");
const record = JSON.parse(readFileSync(recordFile, "utf8"));
const system = { environment: { pid: process.pid }, processes, ports, files, clock };
process.stdout.write(JSON.stringify(await sweep(system, { record, recordFile })));
