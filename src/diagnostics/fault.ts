import { shellQuote } from "../util/shell-quote.ts";
import { bug } from "./bug.ts";
import { daemonSilent } from "./daemon-silent.ts";
import type { Diagnostic } from "./diagnostic.ts";

/** The kernel's error for an unusable file, as a sentence about the file. Anything else that is thrown is a bug. */
const SENTENCES: Readonly<Record<string, string>> = {
  EACCES: "this user may not use it",
  EPERM: "this user may not do that with it",
  ENAMETOOLONG: "its path is too long",
  ELOOP: "it is a link that leads back to itself",
  ENOTDIR: "a part of its path is not a folder",
  EISDIR: "it is a folder, and a file was expected",
  EIO: "the disk failed to read or write it",
  ESTALE: "its network disk no longer has it",
  EROFS: "its disk is read-only",
  ENOSPC: "its disk is full",
  EDQUOT: "this user's share of its disk is used up",
  EMFILE: "this process has too many files open",
  ENFILE: "this machine has too many files open",
  ENODEV: "its disk is gone",
  ENXIO: "nothing is behind it",
  ETIMEDOUT: "its disk does not answer",
};

/** Why the kernel refuses a file, as a sentence about it; null: it is another error. */
export function whyUnusable(error: unknown): string | null {
  const code = systemError(error)?.code;
  return code === undefined ? null : (SENTENCES[code] ?? null);
}

/** The only place where an unexpected error becomes a diagnostic. */
export function faultOf(error: unknown): Diagnostic {
  if (isReplaced(error)) return REPLACED;
  const reached = limitReached(error) ?? daemonSilent(error);
  if (reached) return reached;
  const found = systemError(error);
  const why = whyUnusable(error);
  if (!found || why === null) return bug(error);
  const file = found.path ?? "a file";
  return {
    code: "DEVPM_FILE_UNUSABLE",
    severity: "error",
    summary: `${file} cannot be used: ${why}`,
    evidence: [["error", found.message]],
    fixes: found.path === undefined ? [] : [{ label: "look at it", command: `ls -ld ${shellQuote(found.path)}` }],
  };
}

/** The same where something was started, and ends because of it. */
export const endingFault = (error: unknown): Diagnostic => ({
  state: "What had been started is being ended.",
  ...faultOf(error),
});

/** A part of devpm that is loaded when it is needed is gone: the files of another build have other names. */
const isReplaced = (error: unknown): boolean =>
  error instanceof Error &&
  (error as NodeJS.ErrnoException).code === "ERR_MODULE_NOT_FOUND" &&
  /[/\\]dist[/\\]lib[/\\][^/\\]+\.js'/.test(error.message);

const REPLACED: Diagnostic = {
  code: "DEVPM_FILE_UNUSABLE",
  severity: "error",
  summary: "devpm was updated or removed while this session ran, and a part of it is not there any more",
  evidence: [],
  fixes: [{ label: "start it again", command: "devpm dev" }],
};

/** What the kernel has too little of. */
function limitReached(error: unknown): Diagnostic | null {
  if (!(error instanceof Error)) return null;
  const { code, syscall = "" } = error as NodeJS.ErrnoException;
  const isFiles = code === "EMFILE" || code === "ENFILE";
  if (!syscall.startsWith("spawn") || !(isFiles || code === "EAGAIN")) return null;
  const flag = isFiles ? "n" : "u";
  return {
    code: "DEVPM_LIMIT_REACHED",
    severity: "error",
    summary: isFiles
      ? "devpm cannot start a process: it may not open more files"
      : "devpm cannot start a process: this user may not have more",
    evidence: [["error", error.message]],
    fixes: [
      { label: "see the limit", command: `ulimit -${flag}` },
      { label: "raise it", command: `ulimit -S${flag} "$(ulimit -H${flag})"` },
    ],
  };
}

/** The original error of the kernel, which others may wrap. */
function systemError(error: unknown, depth = 0): NodeJS.ErrnoException | null {
  if (!(error instanceof Error) || depth > 8) return null;
  const { code, syscall } = error as NodeJS.ErrnoException;
  const isSystem = typeof code === "string" && typeof syscall === "string" && Object.hasOwn(SENTENCES, code);
  return isSystem ? error : systemError(error.cause, depth + 1);
}
