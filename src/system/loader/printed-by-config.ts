import { Console } from "node:console";

let redirected = false;

/**
 * What the user's code prints goes to stderr (`dotenv` prints a line): stdout holds the answer of a command, which a script
 * reads. For good, as a function that it exports prints later; devpm itself never uses the console.
 */
export function printToStderr(): void {
  if (redirected) return;
  redirected = true;
  Object.assign(console, new Console(process.stderr));
}
