export interface Chunk {
  path: string;
  text: string;
}

export interface Outputs {
  [chunk: string]: { imports: { path: string; kind: string; external?: boolean }[] };
}

export function asFunction(chunk: Chunk): Promise<string>;
export function fileOf(chunks: readonly string[], options: { banner: string; isFirst: boolean }): string;
export function refuseCircles(outputs: Outputs): void;
