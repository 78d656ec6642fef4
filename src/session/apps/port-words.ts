/** As Node, Python, Go, Java and Vite word EADDRINUSE. */
const TAKEN = /EADDRINUSE|address already in use|BindException|port \d+ is (?:already )?in use/i;

export const mentionsTakenPort = (lines: readonly string[]): boolean => lines.some((line) => TAKEN.test(line));

/** Lines of an error that may name the port: the message, and the call in a traceback. */
const ABOUT = /EADDRINUSE|in use|listen|bind|port/i;
const PLACE = /^\s*(?:File "|at )/;

/**
 * The port that an error about a taken port names: one of the app's own where those are among them, else the last; null where it
 * names none.
 */
export function refusedPort(lines: readonly string[], own: readonly (number | null)[]): number | null {
  const about = lines.filter((line) => ABOUT.test(line) && !PLACE.test(line));
  const named = about.flatMap((line) =>
    [...line.matchAll(/(?<![\d.])\d{2,5}(?![\d.])/g)].map(([digits]) => Number(digits)),
  );
  const ports = named.filter((port) => own.includes(port) || (port >= 1024 && port <= 65_535));
  return ports.find((port) => own.includes(port)) ?? ports.at(-1) ?? null;
}
