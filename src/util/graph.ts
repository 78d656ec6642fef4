/** For each name, the names it waits for; names without a key (services) are satisfied elsewhere. */
export type Edges = ReadonlyMap<string, readonly string[]>;

/** `["a", "b", "a"]` where a waits for b and b for a; null where every name can start after its dependencies. */
export function findCycle(edges: Edges): string[] | null {
  const done = new Set<string>();
  const visit = (name: string, trail: readonly string[]): string[] | null => {
    const start = trail.indexOf(name);
    if (start !== -1) return [...trail.slice(start), name];
    if (done.has(name)) return null;
    for (const next of edges.get(name) ?? []) {
      const cycle = visit(next, [...trail, name]);
      if (cycle) return cycle;
    }
    done.add(name);
    return null;
  };
  for (const name of edges.keys()) {
    const cycle = visit(name, []);
    if (cycle) return cycle;
  }
  return null;
}

/** Names with everything they wait for, directly or indirectly. */
export function closure(edges: Edges, names: Iterable<string>): Set<string> {
  const all = new Set<string>();
  const queue = [...names];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (all.has(name)) continue;
    all.add(name);
    queue.push(...(edges.get(name) ?? []));
  }
  return all;
}

/** Dependencies first; otherwise names keep the order of the config. The edges must have no cycle. */
export function startOrder(edges: Edges): string[] {
  const order: string[] = [];
  const visit = (name: string): void => {
    if (order.includes(name)) return;
    for (const need of edges.get(name) ?? []) if (edges.has(need)) visit(need);
    order.push(name);
  };
  for (const name of edges.keys()) visit(name);
  return order;
}
