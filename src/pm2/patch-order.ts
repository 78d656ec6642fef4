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
  const running = new Map<number, Promise<void>>();
  const inTurn = (id: number, work: (done: Done) => unknown, done: Done): void => {
    const before = running.get(id) ?? Promise.resolve();
    const own = before.then(
      () =>
        new Promise<void>((resolve) => {
          work((error, result) => {
            resolve();
            done(error, result);
          });
        }),
    );
    running.set(id, own);
    void own.then(() => {
      if (running.get(id) === own) running.delete(id);
    });
  };
  const { restartProcessId, deleteProcessId } = god;
  god.restartProcessId = (options, done) => inTurn(options.id, (next) => restartProcessId(options, next), done);
  god.deleteProcessId = (id, done) => {
    const remove = (next: Done): unknown =>
      deleteProcessId(id, (error, result) => {
        god.next_id = Math.max(god.next_id, id + 1);
        next(error, result);
      });
    inTurn(id, remove, done);
  };
}
