/**
 * Checks of external input, written by hand: they load in no time, while a schema library takes as long as all of
 * `devpm status`. A guard returns the problem of a value, or null.
 */
export interface Guard<T> {
  (value: unknown, at: string): string | null;
  /** Never set: it carries the type, so that a guard can only check the shape that it is declared for. */
  readonly type?: T;
}

const expected = (what: string, at: string): string => `${at}: expected ${what}`;

export const flag: Guard<boolean> = (value, at) => (typeof value === "boolean" ? null : expected("true or false", at));

export const textUpTo =
  (longest: number): Guard<string> =>
  (value, at) =>
    typeof value === "string" && value.length <= longest ? null : expected(`text of at most ${longest} characters`, at);

export const whole =
  (least: number, most: number): Guard<number> =>
  (value, at) =>
    typeof value === "number" && Number.isInteger(value) && value >= least && value <= most
      ? null
      : expected(`a whole number from ${least} to ${most}`, at);

export const number =
  (least: number, most: number): Guard<number> =>
  (value, at) =>
    typeof value === "number" && value >= least && value <= most
      ? null
      : expected(`a number from ${least} to ${most}`, at);

export const oneOf =
  <const T extends string>(...choices: readonly T[]): Guard<T> =>
  (value, at) =>
    (choices as readonly unknown[]).includes(value) ? null : expected(choices.join(" or "), at);

export const listOf =
  <T>(item: Guard<T>, most: number): Guard<T[]> =>
  (value, at) => {
    if (!Array.isArray(value) || value.length > most) return expected(`a list of at most ${most}`, at);
    return firstOf(value.map((one: unknown, index) => () => item(one, `${at}[${index}]`)));
  };

export const nullable =
  <T>(guard: Guard<T>): Guard<T | null> =>
  (value, at) =>
    value === null ? null : guard(value, at);

export const optional =
  <T>(guard: Guard<T>): Guard<T | undefined> =>
  (value, at) =>
    value === undefined ? null : guard(value, at);

/** Unknown keys are accepted: the readers of the object ignore them. */
export const shape =
  <T extends object>(keys: { [Key in keyof T]-?: Guard<T[Key]> }): Guard<T> =>
  (value, at) => {
    if (!isObject(value)) return expected("an object", at);
    const guards = Object.entries<Guard<unknown>>(keys);
    return firstOf(
      guards.map(
        ([key, guard]) =>
          () =>
            guard(own(value, key), `${at}.${key}`),
      ),
    );
  };

/** One of several shapes, distinguished by the text of one key. */
export const variants =
  <T extends object>(tag: string, guards: Readonly<Record<string, Guard<unknown>>>): Guard<T> =>
  (value, at) => {
    if (!isObject(value)) return expected("an object", at);
    const name = own(value, tag);
    if (typeof name !== "string" || !Object.hasOwn(guards, name))
      return expected(Object.keys(guards).join(" or "), `${at}.${tag}`);
    return guards[name]!(value, at);
  };

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const own = (value: Record<string, unknown>, key: string): unknown =>
  Object.hasOwn(value, key) ? value[key] : undefined;

function firstOf(checks: readonly (() => string | null)[]): string | null {
  for (const check of checks) {
    const wrong = check();
    if (wrong !== null) return wrong;
  }
  return null;
}
