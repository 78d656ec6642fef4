import { AsyncLocalStorage } from "node:async_hooks";

/*
 * The user's configuration runs in this process and reads `process.env`, from which the user's variables were removed
 * because PM2's library reads it too, possibly at the same time. So during the run `process.env` depends on the caller.
 */
const borrowed = new AsyncLocalStorage<Record<string, string>>();

/**
 * Runs `task`, including what it awaits, with these variables in `process.env`; all other code sees what was there. In
 * it `process.exit` throws: it would end devpm silently, with an exit code that means something else.
 */
export async function withVariables<T>(variables: Record<string, string>, task: () => Promise<T>): Promise<T> {
  const giveBack = lend();
  try {
    return await borrowed.run(variables, task);
  } finally {
    giveBack();
  }
}

let borrowers = 0;
let restore = (): void => {};

/** Tasks may overlap: the first changes what the process has, the last puts it back. */
function lend(): () => void {
  if (borrowers++ === 0) {
    const { env, exit } = process;
    process.env = answeringBy(() => borrowed.getStore() ?? env);
    process.exit = (code) => {
      if (borrowed.getStore() === undefined) exit(code);
      throw new Error(`it called process.exit(${code ?? ""})`);
    };
    restore = () => {
      Object.assign(process, { env, exit });
      // else Node goes on following every promise and every callback, which is a fifth of what output costs
      borrowed.disable();
    };
  }
  return () => {
    if (--borrowers === 0) restore();
  };
}

/** An object that is, for each access, the one that `current` returns. */
function answeringBy(current: () => NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return new Proxy<NodeJS.ProcessEnv>(
    {},
    {
      get: (_, name) => Reflect.get(current(), name) as unknown,
      set: (_, name, value) => Reflect.set(current(), name, String(value)),
      has: (_, name) => Reflect.has(current(), name),
      deleteProperty: (_, name) => Reflect.deleteProperty(current(), name),
      ownKeys: () => Reflect.ownKeys(current()),
      getOwnPropertyDescriptor: (_, name) => Reflect.getOwnPropertyDescriptor(current(), name),
    },
  );
}
