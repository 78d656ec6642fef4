import type { WarmOrder } from "../../model/protocol.ts";
import type { Peer } from "../../system/engine/engine-server.ts";

/** Whether what was saved before the question is what answers. */
export interface CatchUpQuestion {
  /** `unasked`: no warm Python is there to say, nor is one prepared; it is asked as soon as one is there. */
  readonly state: "asked" | "caught up" | "unasked";
  /** Absolute: files whose newest content it has not read, because it writes them itself. */
  readonly unread: readonly string[];
  end(): void;
}

/**
 * What an app's warm Python itself knows about its saves. A time does not tell: a save may change nothing, be the app's own,
 * or come while a worker begins.
 */
export interface CatchingUp {
  /** `changed` is called whenever the state of the question may have. */
  ask(changed: () => void): CatchUpQuestion;
  /** From now on this process is asked; null: none is there, or another one is about to take its place. */
  asks(peer: Peer | null): void;
  /** What runs is to be replaced: until the next one is started, or cannot be (call what this returns), nothing it says counts. */
  holds(): () => void;
  /** It has caught up with what was saved before it read so many questions. */
  caughtUp(from: Peer, asked: number, unread: readonly string[]): void;
}

interface Open {
  state: CatchUpQuestion["state"];
  unread: readonly string[];
  /** Its number among the questions that the process was asked. */
  number: number;
  changed: () => void;
}

export function createCatchingUp(): CatchingUp {
  const open = new Set<Open>();
  const counts = new WeakMap<Peer, number>();
  let peer: Peer | null = null;
  /** Several at once: what changes while packages are installed is installed after them. */
  let held = 0;

  function put(one: Open): void {
    one.state = peer === null && held === 0 ? "unasked" : "asked";
    if (peer === null || held > 0) return;
    one.number = (counts.get(peer) ?? 0) + 1;
    counts.set(peer, one.number);
    peer.send({ do: "catch_up" } satisfies WarmOrder);
  }

  function putAgain(): void {
    for (const one of open) {
      put(one);
      one.changed();
    }
  }

  return {
    ask(changed) {
      const one: Open = { state: "unasked", unread: [], number: 0, changed };
      open.add(one);
      put(one);
      return questionOf(one, () => void open.delete(one));
    },
    asks(next) {
      if (peer === next) return;
      peer = next;
      putAgain();
    },
    holds() {
      held++;
      putAgain();
      return () => {
        held--;
        putAgain();
      };
    },
    caughtUp(from, asked, unread) {
      if (from !== peer || held > 0) return;
      for (const one of open) {
        if (one.number > asked || one.state !== "asked") continue;
        one.state = "caught up";
        one.unread = unread;
        one.changed();
      }
    },
  };
}

const questionOf = (one: Open, end: () => void): CatchUpQuestion => ({
  get state() {
    return one.state;
  },
  get unread() {
    return one.unread;
  },
  end,
});
