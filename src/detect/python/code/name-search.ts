/** More names than any application is behind; whoever writes a thousand that lead to each other gets no answer. */
const MOST_NAMES = 1_000;

/** A name leads to others, and these to more: what it takes to follow them ends, however they name each other. */
export interface NameSearch {
  /**
   * What `find` finds for a name. null for one that is being looked for, which is no answer to itself: without this a few
   * lines of `self.app = Middleware(self.app)` would take minutes.
   */
  <T>(name: readonly string[], find: () => T | null): T | null;
}

export function createNameSearch(): NameSearch {
  const sought = new Set<string>();
  let names = 0;
  return (name, find) => {
    const key = name.join(" ");
    // the first of a question
    if (sought.size === 0) names = 0;
    if (sought.has(key) || ++names > MOST_NAMES) return null;
    sought.add(key);
    try {
      return find();
    } finally {
      sought.delete(key);
    }
  };
}
