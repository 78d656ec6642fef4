import childProcess from "node:child_process";

/** PM2 turns each chunk into text by itself, which breaks a letter that two chunks share. */
export function mendOutput(): void {
  const { spawn } = childProcess;
  childProcess.spawn = ((...args: Parameters<typeof spawn>) => {
    const child = spawn(...args);
    child.stdout?.setEncoding("utf8");
    child.stderr?.setEncoding("utf8");
    return child;
  }) as typeof spawn;
}
