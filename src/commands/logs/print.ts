import type { Reader } from "../../logs/follow.ts";
import type { LogRecord } from "../../logs/record.ts";
import { printableLine } from "../../util/text.ts";
import { logFields } from "../../ui/json.ts";
import { createPrefixes } from "../../ui/prefix.ts";
import * as sentences from "../../ui/sentences.ts";
import { colorsFor, type CommandContext } from "../shared/context.ts";

export interface LogPrinter extends Reader {
  /** Resolves, with the exit code, when the reader of our output closes it (`| head`): that is no failure. */
  gone: Promise<number>;
}

/** Log records as `devpm dev` shows them, or one JSON object a line. */
export async function createPrinter(
  context: CommandContext,
  apps: readonly string[],
  json: boolean,
): Promise<LogPrinter> {
  const { out, err } = context.terminal;
  const colors = await colorsFor(context, "out");
  const prefixes = createPrefixes(apps, out.columns, colors);
  const plain = ({ app, stream, line }: LogRecord): string => prefixes.of(app, stream) + printableLine(line, colors);
  const asJson = (record: LogRecord): string => `{${logFields(record)}}`;
  const format = json ? asJson : plain;
  return {
    show: (record) => out.write(`${format(record)}\n`),
    missed: (lines) => err.write(`${sentences.missed(lines)}\n`),
    taken: () => out.flushed(),
    get closed() {
      return out.closed;
    },
    gone: new Promise((resolve) => out.onClosed(() => resolve(0))),
  };
}
