/**
 * What a deadline does once it has passed. After a pause of this process (a stop signal, a machine that is busy with
 * others) node runs due timers before it reads: what came in time is there, unread, and is read before `act`.
 */
export const afterReading = (act: () => void): void => void setImmediate(act);
