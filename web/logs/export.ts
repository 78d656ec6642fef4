import type { PageLine } from "../../src/model/page.ts";
import { plainText } from "./ansi.ts";

/** As `devpm logs` prints them, without colours. */
const textOf = (lines: readonly PageLine[]): string =>
  lines.map(({ at, app, line }) => `${at} ${app} │ ${plainText(line)}\n`).join("");

/** What a clipboard takes. */
const MOST_COPIED = 20_000;

/** Returns the message about it. */
export async function copyLines(lines: readonly PageLine[]): Promise<string> {
  const copied = lines.slice(-MOST_COPIED);
  try {
    await navigator.clipboard.writeText(textOf(copied));
    return `${copied.length} lines copied`;
  } catch {
    return "this browser does not let the page copy";
  }
}

export function downloadLines(project: string, lines: readonly PageLine[]): void {
  const url = URL.createObjectURL(new Blob([textOf(lines)], { type: "text/plain" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = `${project}.log`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
