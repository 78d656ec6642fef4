type Done = (error: unknown, result: unknown) => void;

/** The part of PM2's daemon that numbers processes, and ends them. */
export interface Ending {
  getNewId(): number;
  restartProcessId(options: { id: number }, done: Done): unknown;
  deleteProcessId(id: number, done: Done): unknown;
}

/**
 * One operation of an app after another. PM2's watch restarts an app in two steps, end and start. An app that is deleted
 * between them is started all the same, belongs to no list any more, and keeps its port until the session ends. No number is
 * given twice: PM2's own begin again at 0 with the last app deleted, and what belongs to the former app is then done to the next.
 */
export function patchOrder(god: Ending): void {
  let numbers = 0;
  god.getNewId = () => numbers++;
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
  god.deleteProcessId = (id, done) => inTurn(id, (ended) => deleteProcessId(id, ended), done);
}
