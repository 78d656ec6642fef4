/** Milliseconds that never jump. Not `performance.now()`: Node loads what measures performance with it, 1 ms of a short command. */
export function monotonic(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1_000 + nanoseconds / 1e6;
}
