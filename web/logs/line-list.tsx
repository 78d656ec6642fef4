import { Component } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { LONGEST_ROW, type PageLine } from "../../src/model/page.ts";
import { timeOfDay } from "../format.ts";
import { LineText } from "./line-text.tsx";
import type { LogReader } from "./reader.ts";

/** The height of a line in page.css. */
const ROW = 20;
const BEYOND = 20;
/** So close to an end more is loaded. */
const NEAR = ROW * 400;

interface LineListProps {
  reader: LogReader;
  isFollowing: boolean;
  follow: (wish: boolean) => void;
  box: { current: HTMLDivElement | null };
}

/** Only the lines that can be seen are in the document. */
export function LineList({ reader, isFollowing, follow, box }: LineListProps) {
  const [view, look] = useState({ top: 0, height: 800 });
  const base = useRef(reader.window.base);
  const { lines } = reader.window;

  useLayoutEffect(() => {
    const { current } = box;
    if (!current) return;
    // what was added or dropped above must not move what one reads
    const moved = (base.current - reader.window.base) * ROW;
    base.current = reader.window.base;
    if (isFollowing) {
      if (!reader.window.isLive) void reader.toEnd();
      current.scrollTop = current.scrollHeight;
    } else if (moved !== 0) current.scrollTop += moved;
    if (current.scrollTop !== view.top || current.clientHeight !== view.height)
      look({ top: current.scrollTop, height: current.clientHeight });
  });

  const scrolled = (): void => {
    const { scrollTop, clientHeight, scrollHeight } = box.current!;
    const isAtEnd = scrollHeight - scrollTop - clientHeight < ROW * 2;
    if (isAtEnd && reader.window.isLive) follow(true);
    else if (!isAtEnd && scrollTop < view.top) follow(false);
    look({ top: scrollTop, height: clientHeight });
    if (scrollTop < NEAR) void reader.older();
    if (scrollHeight - scrollTop - clientHeight < NEAR) void reader.newer();
  };

  const from = Math.max(0, Math.floor(view.top / ROW) - BEYOND);
  const shown = lines.slice(from, Math.ceil((view.top + view.height) / ROW) + BEYOND);
  // as many as there can be at once: a row that leaves at one end is used again at the other
  const rows = Math.ceil(view.height / ROW) + 2 * BEYOND + 1;
  return (
    <div class="lines" role="log" aria-live="off" aria-label="Lines" tabIndex={0} ref={box} onScroll={scrolled}>
      {lines.length === 0 && (
        <p class="empty">{reader.isLoading ? "Loading …" : reader.problem === "" ? "No lines." : reader.problem}</p>
      )}
      {lines.length > 0 && reader.isLoading && view.top < ROW && !reader.window.isStart && (
        <p class="older dim">Loading older lines …</p>
      )}
      <div class="spacer" style={{ height: `${lines.length * ROW}px` }}>
        <div class="shown" style={{ transform: `translateY(${from * ROW}px)` }}>
          {shown.map((line, at) => (
            <Line key={modulo(reader.window.base + from + at, rows)} line={line} />
          ))}
        </div>
      </div>
    </div>
  );
}

/** Also of a negative number. */
const modulo = (number: number, by: number): number => ((number % by) + by) % by;

/** A line never changes: it is drawn once, however often the list moves. */
class Line extends Component<{ line: PageLine }> {
  override shouldComponentUpdate({ line }: { line: PageLine }): boolean {
    return line !== this.props.line;
  }

  render({ line }: { line: PageLine }) {
    return (
      <div class={`line ${line.stream}`}>
        <span class="time">{timeOfDay(line.at)}</span>
        <span class={`app hue-${hueOf(line.app)}`}>{line.app}</span>
        <span class="text">
          <Shown line={line} />
        </span>
      </div>
    );
  }
}

/** The beginning of a long line, or the part around what was searched for. */
function Shown({ line: { line, around } }: { line: PageLine }) {
  if (around)
    return (
      <>
        <span class="dim">{around.before.toLocaleString("en")} characters before</span> …{" "}
        <LineText line={around.text} />
        {around.after > 0 && (
          <>
            {" "}
            … <Left count={around.after} />
          </>
        )}
      </>
    );
  if (line.length <= LONGEST_ROW) return <LineText line={line} />;
  return (
    <>
      <LineText line={line.slice(0, LONGEST_ROW)} /> … <Left count={line.length - LONGEST_ROW} />
    </>
  );
}

const Left = ({ count }: { count: number }) => <span class="dim">{count.toLocaleString("en")} more characters</span>;

const HUES = 8;

/** The same colour for the same app, in every session. */
function hueOf(app: string): number {
  let sum = 0;
  for (const character of app) sum = (sum * 31 + character.codePointAt(0)!) % 9_973;
  return sum % HUES;
}
