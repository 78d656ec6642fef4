/** Takes the lock; resolves with its release. `waiting`: called once with the pid of the holder. */
export function lock(file: string, waiting: (holder: number) => void, longestMs?: number): Promise<() => void>;
