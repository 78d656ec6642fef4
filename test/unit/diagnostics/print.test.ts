import { Chalk } from "chalk";
import { describe, expect, it } from "vitest";
import { stripVTControlCharacters } from "node:util";
import type { Diagnostic } from "../../../src/diagnostics/diagnostic.ts";
import { diagnosticJson, printDiagnostic, printDiagnostics } from "../../../src/diagnostics/print.ts";

const asWritten = (text: string): string => text;

const portHeld: Diagnostic = {
  code: "DEVPM_PORT_HELD",
  severity: "error",
  summary: "Port 5050 is held by a process devpm did not start",
  evidence: [
    ["app", "backend (apps.backend.port)"],
    ["holder", ["pid 48121  python3 -m http.server 5050", "user ana, started 09:12, in ~/old-project"]],
  ],
  state: "Nothing was started. devpm never stops a process it did not start.",
  fixes: [
    { label: "stop it yourself", command: "kill 48121" },
    { label: "or let devpm ask it", command: "devpm dev --free-ports" },
    { label: "or another port", command: "devpm dev --port backend=5051" },
  ],
};

const print = (diagnostic: Diagnostic, columns = 100): string =>
  printDiagnostic(diagnostic, { columns, colors: new Chalk({ level: 0 }), asTyped: asWritten });

describe("a printed diagnostic", () => {
  it("has its code at the right, labelled facts, the state and the fixes", () => {
    expect(print(portHeld)).toBe(
      `✖ Port 5050 is held by a process devpm did not start                DEVPM_PORT_HELD
  app       backend (apps.backend.port)
  holder    pid 48121  python3 -m http.server 5050
            user ana, started 09:12, in ~/old-project
  Nothing was started. devpm never stops a process it did not start.
  fix       stop it yourself:     kill 48121
            or let devpm ask it:  devpm dev --free-ports
            or another port:      devpm dev --port backend=5051`,
    );
  });

  it("keeps its code on the first line down to 80 columns, and below them on a line of its own", () => {
    expect(print(portHeld, 80).split("\n")[0]).toMatch(/^✖ Port 5050 .* start {2,}DEVPM_PORT_HELD$/);
    expect(print(portHeld, 80).split("\n")[0]?.length).toBeLessThanOrEqual(80);
    expect(print(portHeld, 79).split("\n")[1]).toBe("  DEVPM_PORT_HELD");
    const long = {
      ...portHeld,
      summary: "a summary that leaves no room at all for the code beside it, not one letter",
    };
    expect(print(long).split("\n")[1]).toBe("  DEVPM_PORT_HELD");
  });

  it("never breaks a command or a path in two", () => {
    const narrow = print(portHeld, 30).split("\n");
    for (const { command } of portHeld.fixes) expect(narrow.map((line) => line.trim())).toContain(command);
  });

  it("says the same words at any width and with any colours", () => {
    const words = (text: string): string[] => stripVTControlCharacters(text).split(/\s+/).toSorted();
    const colored = printDiagnostic(portHeld, { columns: 50, colors: new Chalk({ level: 3 }), asTyped: asWritten });
    expect(words(colored)).toEqual(words(print(portHeld)));
    expect(colored).not.toBe(stripVTControlCharacters(colored));
  });

  it("takes at most 14 lines: a long traceback keeps its end", () => {
    const excerpt = Array.from({ length: 60 }, (_, index) => `line ${index}`);
    const lines = print({ ...portHeld, excerpt }).split("\n");
    expect(lines).toHaveLength(14);
    expect(lines).toContain("  │ line 59");
    expect(lines).toContain("  │ … 55 lines before");
    const short = print({ ...portHeld, evidence: [], fixes: [], excerpt: excerpt.slice(0, 12) });
    expect(short.split("\n").filter((line) => line.startsWith("  │ line"))).toHaveLength(12);
  });

  it("gives a long key path a line of its own where it would take half the width", () => {
    const invalid: Diagnostic = {
      ...portHeld,
      evidence: [["apps.backend.dependsOn[0]", 'nothing is called "postgress"']],
      fixes: [],
    };
    expect(print(invalid)).toContain('  apps.backend.dependsOn[0]  nothing is called "postgress"\n');
    expect(print(invalid, 40)).toContain('  apps.backend.dependsOn[0]\n    nothing is called "postgress"\n');
  });

  it("marks a warning otherwise than an error, and stands apart from the next", () => {
    const warning = { ...portHeld, severity: "warning" as const };
    expect(print(warning).startsWith("▲ ")).toBe(true);
    const both = printDiagnostics([portHeld, warning], {
      columns: 100,
      colors: new Chalk({ level: 0 }),
      asTyped: asWritten,
    });
    expect(both).toBe(`${print(portHeld)}\n\n${print(warning)}`);
  });

  it("has a form for scripts", () => {
    expect(diagnosticJson(portHeld, asWritten)).toEqual({
      code: "DEVPM_PORT_HELD",
      severity: "error",
      summary: portHeld.summary,
      evidence: [
        { label: "app", text: ["backend (apps.backend.port)"] },
        { label: "holder", text: portHeld.evidence[1]?.[1] },
      ],
      excerpt: [],
      state: portHeld.state,
      fixes: portHeld.fixes,
    });
  });
});
