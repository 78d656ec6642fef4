/** A service of a compose file, as far as detection needs it. */
export interface ComposeService {
  name: string;
  image: string | null;
  /** Built from a folder of the repository: one of the apps, probably, and not infra. */
  built: boolean;
}

/**
 * The services of a compose file in block style: what people write. Reads no other YAML on purpose; what decides about
 * containers is what Compose itself makes of the file.
 */
export function composeServices(text: string): ComposeService[] {
  const lines = text.split("\n").filter((line) => line.trim() !== "" && !line.trim().startsWith("#"));
  const start = lines.findIndex((line) => /^services\s*:\s*(#.*)?$/.test(line));
  if (start === -1) return [];
  const body = lines.slice(start + 1);
  const end = body.findIndex((line) => /^\S/.test(line));
  return servicesIn(end === -1 ? body : body.slice(0, end));
}

function servicesIn(body: readonly string[]): ComposeService[] {
  const indent = indentOf(body[0] ?? "");
  const services: ComposeService[] = [];
  for (const line of body) {
    const key = /^\s*["']?([\w.-]+)["']?\s*:\s*(.*)$/.exec(line);
    if (!key) continue;
    const [, name = "", value = ""] = key;
    const current = services.at(-1);
    if (indentOf(line) === indent) services.push({ name, image: flowImage(value), built: false });
    else if (name === "image" && current)
      current.image ??= value
        .replace(/\s+#.*$/, "")
        .replaceAll(/["']/g, "")
        .trim();
    else if (name === "build" && current) current.built = true;
  }
  return services;
}

/** `{ image: redis }` on the service's own line. */
const flowImage = (value: string): string | null => /[{,]\s*image:\s*["']?([^\s,"'}]+)/.exec(value)?.[1] ?? null;

const indentOf = (line: string): number => line.length - line.trimStart().length;
