import type { Peer } from "../system/engine/engine-server.ts";
import type { System } from "../system/system.ts";

/** Reloading a page, or its laptop's short sleep, closes it for a moment; and the thread of the searches has ended by then. */
const REST_MS = 10_000;

/** The open pages: the memory that their answers took is given back once the last one is closed. */
export interface Looks {
  begun(peer: Pick<Peer, "onClosed">): void;
  close(): void;
}

export function createLooks({ clock, releaseMemory }: Pick<System, "clock" | "releaseMemory">): Looks {
  let open = 0;
  let isOver = false;
  /** Aborted when a page is opened again. */
  let rest = new AbortController();
  const ended = async (): Promise<void> => {
    open--;
    if (open > 0 || isOver) return;
    const { signal } = (rest = new AbortController());
    await clock.sleep(REST_MS, signal);
    if (!signal.aborted) releaseMemory();
  };
  return {
    begun(peer) {
      open++;
      rest.abort();
      peer.onClosed(() => void ended());
    },
    close() {
      isOver = true;
      rest.abort();
    },
  };
}
