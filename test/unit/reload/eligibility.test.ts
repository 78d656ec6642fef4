import { describe, expect, it } from "vitest";
import { whyNotEligible, valueOf } from "../../../src/reload/eligibility.ts";

describe("what gains nothing from a fork", () => {
  it.for([
    [["-m", "uvicorn", "app:app", "--workers", "4"], /uvicorn --workers/],
    [["/v/bin/uvicorn", "app:app", "--workers=2"], /uvicorn --workers/],
    [["/v/bin/gunicorn", "-k", "gevent", "app"], /gevent/],
    [["-m", "gunicorn", "--worker-class=eventlet", "app"], /eventlet/],
    [["-m", "celery", "-A", "x", "worker"], /celery/],
    [["/v/bin/hypercorn", "app"], /hypercorn/],
    [["-m", "watchfiles.cli", "x"], /by itself/],
    [["/v/bin/ddtrace-run", "flask", "run"], /replaces itself/],
    [["-m", "dotenv", "run", "flask", "run"], /replaces itself/],
  ] as const)("%s", ([program, reason]) => {
    expect(whyNotEligible(program)).toMatch(reason);
  });

  it.for([
    [["-m", "flask", "run", "--debug"]],
    [["/v/bin/uvicorn", "app:app", "--workers", "1", "--reload"]],
    [["/v/bin/gunicorn", "app", "-w", "4"]],
    [["server.py", "--workers", "4"]],
    [["manage.py", "runserver"]],
  ] as const)("%s is kept warm", ([program]) => {
    expect(whyNotEligible(program)).toBeNull();
  });

  it("reads an option however it is written, the last one counts", () => {
    expect(valueOf(["--port", "1", "--port=2"], ["--port", "-p"])).toBe("2");
    expect(valueOf(["-p3"], ["--port", "-p"])).toBe("3");
    expect(valueOf(["--portal", "3"], ["--port"])).toBeNull();
  });
});
