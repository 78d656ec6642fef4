import path from "node:path";

interface Named {
  name: string;
  cwd: string;
  kind: string;
}

const GENERAL = /^(apps?|packages|src|api|server|backend|services?)$/;

/** A backend is named after its folder, or the one above where that is called `src` or the like; `backend` where both are generic. */
export function backendName(cwd: string, home: string, alone: boolean): string {
  const isInner = /\/(src|app)$/.test(cwd) && home === cwd;
  const [base, above] = [path.posix.basename(cwd), path.posix.basename(isInner ? path.posix.dirname(cwd) : home)];
  const own = isInner || (GENERAL.test(base) && !GENERAL.test(above) && above !== ".") ? above : base;
  return own === "." || (alone && GENERAL.test(own)) ? "backend" : own;
}

/** Two with one name get their folder added to it; `reserved` are the names of services. */
export function unique<T extends Named>(apps: readonly T[], reserved: ReadonlySet<string>): T[] {
  const seen = new Set(reserved);
  return apps.map((app) => {
    const longer = app.cwd === "." ? `${app.name}-app` : app.cwd.replaceAll("/", "-");
    const name =
      [app.name, longer, ...[2, 3, 4, 5].map((n) => `${longer}-${n}`)].find((one) => !seen.has(one)) ?? app.name;
    seen.add(name);
    return { ...app, name };
  });
}
