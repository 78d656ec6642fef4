import path from "node:path";

/** An app's log is two files, so that one rename drops the oldest half when the cap is reached. */
export interface Segments {
  current: string;
  previous: string;
}

// encodeURIComponent leaves no "@" and no "/" in a name, so that no app's files can be taken for another's, or for the
// session's own.
export function segmentsOf(folder: string, app: string): Segments {
  const name = encodeURIComponent(app);
  return { current: path.join(folder, `${name}.jsonl`), previous: path.join(folder, `${name}@previous.jsonl`) };
}

/** The requests that the app has measured itself. */
export function requestSegments(folder: string, app: string): Segments {
  const name = `${encodeURIComponent(app)}@requests`;
  return { current: path.join(folder, `${name}.jsonl`), previous: path.join(folder, `${name}@previous.jsonl`) };
}

/** The events of the sessions: starts, reloads, crashes, ends. */
export function sessionSegments(folder: string): Segments {
  return { current: path.join(folder, "@session.jsonl"), previous: path.join(folder, "@session@previous.jsonl") };
}

/** The apps that have logs, from the names of the files in the folder. */
export function appsWithLogs(names: readonly string[]): string[] {
  const apps = new Set<string>();
  for (const name of names) {
    const encoded = /^([^@]+)(?:@previous)?\.jsonl$/.exec(name)?.[1];
    if (encoded !== undefined) apps.add(decoded(encoded));
  }
  return [...apps].toSorted();
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
