/**
 * The word with which PM2's daemon is started before its session is guarded. It waits for a byte on its standard input,
 * and ends where that is closed instead.
 */
export const HELD = "--held";
