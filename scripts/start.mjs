// npm start: prepares the checkout, then `devpm dev` in this process, which the script's `exec` makes npm's own child:
// a signal sent to npm reaches that child alone, and a shell between them would end and leave devpm behind.
import path from "node:path";
import { prepareOrExit } from "./prepare.mjs";

await prepareOrExit();
const bin = path.join(path.dirname(import.meta.dirname), "bin/devpm.js");
process.argv = [process.execPath, bin, "dev", ...process.argv.slice(2)];
await import(bin);
