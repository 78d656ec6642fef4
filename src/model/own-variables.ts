/** Names that only this process was given, with spaces between: what is not the user's, and goes no further. */
const OWN_VARIABLES = "DEVPM_OWN_VARIABLES";

type Variables = Readonly<Record<string, string | undefined>>;

/** For a devpm that is started as a process of its own: `own` beside the user's variables, which win. */
export function withOwn(
  shell: Readonly<Record<string, string>>,
  own: Readonly<Record<string, string>>,
): Record<string, string> {
  const names = Object.keys(own).filter((name) => shell[name] === undefined);
  return { ...own, ...shell, [OWN_VARIABLES]: names.join(" ") };
}

/** What that devpm takes out again. */
export const ownAmong = (env: Variables): ReadonlySet<string> =>
  new Set([OWN_VARIABLES, ...(env[OWN_VARIABLES] ?? "").split(" ")]);
