import { writtenValues } from "../../config/env-file.ts";

const PLACEHOLDER =
  /^$|^<.*>$|^(your|change|replace|todo|xxx|fill|insert|put)[-_ ]?|change[-_]?(me|this)|\byour[-_]|_here$/i;

/** Whether a value stands for one that the developer has to fill in. */
export const isPlaceholder = (value: string): boolean => PLACEHOLDER.test(value);

/** Variables that the developer has to fill in. */
export function emptyIn(text: string): string[] {
  return Object.entries(writtenValues(text)).flatMap(([name, value]) => (isPlaceholder(value) ? [name] : []));
}
