import type { TracedRequest } from "../model/traced-request.ts";
import { duration, plainLine, plural, shorten, timeOfDay, visible } from "../util/text.ts";
import type { Colors } from "./colors.ts";

/** As much as a screen shows. */
const MOST = 30;
const MOST_FRAME_LINES = 4;

/** `devpm requests` for people: oldest first, so that the newest is beside the prompt; failed ones with their place. */
export function requestLines(requests: readonly TracedRequest[], columns: number, colors: Colors): string[] {
  if (requests.length === 0) return ["no request is in the logs, as far as devpm sees (it reads access lines)"];
  const shown = requests.slice(-MOST);
  const rest = requests.length - shown.length;
  const width = Math.max(...shown.map(({ app }) => app.length));
  return [
    ...(rest > 0 ? [colors.dim(`${plural(rest, "older request")}: devpm requests --json has all`)] : []),
    ...shown.flatMap((request) => block(request, width, columns, colors)),
  ];
}

function block(request: TracedRequest, width: number, columns: number, colors: Colors): string[] {
  const { at, app, method, path, status, ms, exception } = request;
  const paint = status >= 500 ? colors.red : status >= 400 ? colors.yellow : colors.green;
  const text = (words: string, room: number): string => shorten(visible(plainLine(words)), Math.max(20, room));
  const head = `${timeOfDay(at)} ${app.padEnd(width)} `;
  const took = ms === null ? "" : ` ${duration(ms)}`;
  const line = `${colors.dim(head)}${paint(String(status))} ${method} ${text(path, columns - head.length - 12 - took.length)}${colors.dim(took)}`;
  if (exception === null) return [line];
  const { message, file, line: at_, frame } = exception;
  const place = file === null ? "" : `${colors.cyan(`${visible(file)}${at_ === null ? "" : `:${at_}`}`)}  `;
  return [
    line,
    `  ${place}${text(message, columns - 4 - (file?.length ?? 0))}`,
    ...frame.slice(0, MOST_FRAME_LINES).map((one) => `  ${colors.red("│")} ${text(one, columns - 4)}`),
  ];
}
