/** Closes a `switch` over a union: adding a member makes this line a compile-time error. */
export function assertNever(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}
