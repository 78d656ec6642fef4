/** Whether what runs is what an app's set-up installs: the saves of its inputs count like those of its code. */
export interface Installed {
  /** Its set-up was done. */
  done(app: string): void;
  /** Its set-up failed, and it runs on with what was installed before. */
  failed(app: string): void;
  isOutdated(app: string): boolean;
  /** What follows the inputs looks at them now; resolves once what was saved by then has been acted upon. */
  follow(look: () => Promise<void>): void;
  /** Resolves once what was saved so far of what devpm itself follows was acted upon. */
  settled(): Promise<void>;
}

export function createInstalled(): Installed {
  const outdated = new Set<string>();
  let look = (): Promise<void> => Promise.resolve();
  return {
    done: (app) => void outdated.delete(app),
    failed: (app) => void outdated.add(app),
    isOutdated: (app) => outdated.has(app),
    follow: (next) => void (look = next),
    settled: () => look(),
  };
}
