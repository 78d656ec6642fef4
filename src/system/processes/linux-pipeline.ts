import { linkNow, namesNow, statNow } from "../files/files-now.ts";
import { slurp } from "./linux-files.ts";

/** One of its descriptors, with what the kernel has behind it. */
interface Descriptor {
  fd: string;
  /** `/p/log.txt`, `pipe:[123]`. */
  link: string;
}

/** Standard output and error: what a program prints. */
const PRINTED: ReadonlySet<string> = new Set(["1", "2"]);

/**
 * The files that end the pipelines which begin with the output of these processes: `| tee FILE`, `| grep x > FILE`. What else the
 * readers have open is their own affair: an editor that reads our output saves files, too.
 */
export function filesPrintedOn(printers: readonly number[], pids: () => readonly number[]): string[] {
  const isPrinted = ({ fd }: Descriptor): boolean => PRINTED.has(fd);
  const pipes = new Set(pipesOf(printers.flatMap((pid) => descriptors(pid).filter(isPrinted))));
  if (pipes.size === 0) return [];
  const files = new Set<string>();
  const all = pids().map((pid) => [pid, descriptors(pid)] as const);
  // it grows while it is walked
  for (const pipe of pipes) {
    for (const [pid, held] of all) {
      if (!held.some(({ fd, link }) => link === pipe && !isWritable(pid, fd))) continue;
      const written = held.filter(({ fd }) => isWritable(pid, fd));
      const prints = written.filter(isPrinted);
      for (const { link } of isTee(pid) ? written : prints) if (statNow(link)?.isFile() === true) files.add(link);
      for (const next of pipesOf(prints)) pipes.add(next);
    }
  }
  return [...files];
}

const pipesOf = (held: readonly Descriptor[]): string[] =>
  held.map(({ link }) => link).filter((link) => link.startsWith("pipe:"));

const descriptors = (pid: number): Descriptor[] =>
  namesNow(`/proc/${pid}/fd`).flatMap((fd) => {
    const link = linkNow(`/proc/${pid}/fd/${fd}`);
    return link === null ? [] : [{ fd, link }];
  });

/** It prints into every file that it opened. */
const isTee = (pid: number): boolean => slurp(`/proc/${pid}/comm`)?.toString("latin1").trim() === "tee";

/** The access mode is in the last two bits of the octal flags: 1 and 2 may write. */
export const isWritable = (pid: number, fd: string): boolean =>
  /^flags:\s+\d*[1256]$/m.test(slurp(`/proc/${pid}/fdinfo/${fd}`)?.toString("latin1") ?? "");
