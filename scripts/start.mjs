// npm start: the checkout made ready, then `devpm dev` in this very process. One process, because a signal sent to npm
// reaches only its child: of `prepare && devpm` that would be the shell, and devpm would live on without a terminal.
import path from "node:path";
import { prepareOrExit } from "./prepare.mjs";

await prepareOrExit();
const bin = path.join(path.dirname(import.meta.dirname), "bin/devpm.js");
process.argv = [process.execPath, bin, "dev", ...process.argv.slice(2)];
await import(bin);
