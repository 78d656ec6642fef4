/** Pure: one line that Compose prints (`--progress plain`) while it pulls, builds and starts. */
export interface ComposeStep {
  /** The container, image or service it is about, as printed; null where the line names none. */
  subject: string | null;
  detail: string;
}

/** ` Container market-kafka-1  Started`, ` 5a7813e071bf Downloading [==>   ]  1.2MB/9.8MB`, ` kafka Pulling`. */
export function stepIn(line: string): ComposeStep | null {
  const text = line.trim();
  const container = /^(?:Container|Network|Volume) (\S+) +(\S.*)$/.exec(text);
  if (container)
    return text.startsWith("Container") ? { subject: container[1] ?? null, detail: lower(container[2]) } : null;
  const layer = /^[0-9a-f]{12} +(\S.*)$/.exec(text);
  if (layer) return { subject: null, detail: (layer[1] ?? "").replace(/ *\[[=> ]*\] */, " ") };
  const service = /^(\S+) (Pulling|Pulled|Building|Built|Skipped.*|Warning.*|Error.*)$/.exec(text);
  return service ? { subject: service[1] ?? null, detail: lower(service[2]) } : null;
}

const lower = (text = ""): string => text.charAt(0).toLowerCase() + text.slice(1);

const UNITS: Record<string, number> = { B: 1, kB: 1e3, KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 };

/** Adds up the layers of one pull. Reports whole sentences, and only when something a person would notice changed. */
export class PullProgress {
  readonly #layers = new Map<string, { done: number; total: number }>();
  #reported = "";

  /** The sentence to show, or null where nothing worth reporting changed. */
  take(line: string): string | null {
    const [, layer, rest] = /^\s*([0-9a-f]{12}) +(\S.*)$/.exec(line) ?? [];
    if (!layer || !rest) return null;
    const known = this.#layers.get(layer) ?? { done: 0, total: 0 };
    const [, done, total] = /([\d.]+[kKMGT]?B)\/([\d.]+[kKMGT]?B)/.exec(rest) ?? [];
    if (rest.startsWith("Downloading") && done && total)
      this.#layers.set(layer, { done: bytes(done), total: bytes(total) });
    else if (/^(Download complete|Pull complete|Already exists|Extracting)/.test(rest))
      this.#layers.set(layer, { ...known, done: known.total });
    else this.#layers.set(layer, known);
    return this.#changed();
  }

  #changed(): string | null {
    const all = [...this.#layers.values()];
    const done = all.reduce((sum, l) => sum + l.done, 0);
    const total = all.reduce((sum, l) => sum + l.total, 0);
    if (total === 0) return null;
    // tenths: a log file gets ten lines a pull, not thousands
    const tenth = Math.floor((done / total) * 10);
    const key = `${tenth}/${all.length}`;
    if (key === this.#reported || (tenth === 10 && this.#reported.startsWith("10/"))) return null;
    this.#reported = key;
    return `pulling, ${megabytes(done)} of ${megabytes(total)} MB`;
  }
}

function bytes(text: string): number {
  const [, number, unit = "B"] = /^([\d.]+)([kKMGT]?B)$/.exec(text) ?? [];
  return Number(number ?? 0) * (UNITS[unit] ?? 1);
}

const megabytes = (value: number): string => (value / 1e6).toFixed(value < 1e7 ? 1 : 0);
