type Done = (error: unknown, result: unknown) => void;

/** The part of PM2's daemon that ends processes. */
export interface Ending {
  next_id: number;
  restartProcessId(options: { id: number }, done: Done): unknown;
  deleteProcessId(id: number, done: Done): unknown;
}

/**
 * One operation of an app after another. PM2's watch restarts an app in two steps, end and start. An app that is deleted
 * between them is started all the same, belongs to no list any more, and keeps its port until the session ends; and with the last
 * app deleted, the next one gets the same number, which the second step then starts twice.
 */
export function patchOrder(god: Ending): void {
  /** For each app with an operation under way: those that wait for it. */
  const waiting = new Map<number, (() => void)[]>();
  const next = (id: number): void => {
    const begin = waiting.get(id)?.shift();
    if (begin) begin();
    else waiting.delete(id);
  };
  const inTurn = (id: number, work: (done: Done) => unknown, done: Done): void => {
    const begin = (): void => {
      work((error, result) => {
        done(error, result);
        next(id);
      });
    };
    const queue = waiting.get(id);
    if (queue) {
      queue.push(begin);
      return;
    }
    waiting.set(id, []);
    begin();
  };
  const { restartProcessId, deleteProcessId } = god;
  god.restartProcessId = (options, done) => inTurn(options.id, (ended) => restartProcessId(options, ended), done);
  god.deleteProcessId = (id, done) => {
    const remove = (ended: Done): unknown =>
      deleteProcessId(id, (error, result) => {
        god.next_id = Math.max(god.next_id, id + 1);
        ended(error, result);
      });
    inTurn(id, remove, done);
  };
}
