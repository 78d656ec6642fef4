/** `*` in one name, `**` in one pattern, and both together: more takes a matcher that backtracks longer than a person waits. */
const MOST_IN_NAME = 3;
const MOST_DEEP = 3;
const MOST = 8;
const LONGEST = 1_024;

/**
 * Why a pattern could take its matchers (JavaScript's and Python's regular expressions, PM2's picomatch) a time that grows
 * with a power of the path's length; null: it cannot. `**` one after the other counts once.
 */
export function whyCostly(glob: string): string | null {
  if (glob.length > LONGEST) return `a pattern of more than ${LONGEST} characters`;
  const names = glob.split("/").filter((name, index, all) => name !== "**" || all[index - 1] !== "**");
  const deep = names.filter((name) => name.includes("**")).length;
  const stars = names.map((name) => name.match(/\*+/g)?.length ?? 0);
  if (stars.some((count) => count > MOST_IN_NAME)) return `more than ${MOST_IN_NAME} * in one name`;
  if (deep > MOST_DEEP) return `more than ${MOST_DEEP} **`;
  if (stars.reduce((sum, count) => sum + count, 0) > MOST) return `more than ${MOST} * and **`;
  if (/[+*@?!]\([^)]*[+*@?!(]/.test(glob)) return "an extended pattern (+(…), *(…)) with another one in it";
  return null;
}
