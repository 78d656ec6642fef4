import { pieces } from "./ansi.ts";

/** A line in its colours; everything in it is text, and moves nothing that stands beside it. */
export function LineText({ line }: { line: string }) {
  return <bdi>{pieces(line).map(({ text, style }) => (style === "" ? text : <span class={style}>{text}</span>))}</bdi>;
}
