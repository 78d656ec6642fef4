import { pieces } from "./ansi.ts";

/** A line in its colours; everything in it is text. */
export function LineText({ line }: { line: string }) {
  return <>{pieces(line).map(({ text, style }) => (style === "" ? text : <span class={style}>{text}</span>))}</>;
}
