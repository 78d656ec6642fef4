/** No human nests this deep; a recursive parser would exhaust the stack, which V8 does not survive everywhere. */
const DEEPEST = 200;

/** Whether a text nests brackets, list markers or blocks deeper than a parser should follow. */
export function isTooDeep(text: string): boolean {
  if (/(?:[-?] ){60}|^[ \t]{400}\S/m.test(text)) return true;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    // ( [ {
    if (code === 40 || code === 91 || code === 123) {
      if (++depth > DEEPEST) return true;
    } else if ((code === 41 || code === 93 || code === 125) && depth > 0) depth--;
  }
  return false;
}
