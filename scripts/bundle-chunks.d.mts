export interface Chunk {
  path: string;
  text: string;
}

export interface Outputs {
  [chunk: string]: { imports: { path: string; kind: string; external?: boolean }[] };
}

export interface FileOptions {
  banner: string;
  first: { unloaded: readonly string[]; session: readonly string[] } | null;
}

export function asFunction(chunk: Chunk): Promise<string>;
export function fileOf(chunks: readonly string[], options: FileOptions): string;
export function refuseCircles(outputs: Outputs): void;
