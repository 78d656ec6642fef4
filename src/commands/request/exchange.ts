import type { HttpAnswer } from "../../system/http-request.ts";
import type { LoggedLine } from "./logged.ts";

/** What came back, and what the app logged meanwhile. */
export interface Exchange {
  app: string;
  method: string;
  url: string;
  ms: number;
  answer: Exclude<HttpAnswer, { error: string }>;
  logged: LoggedLine[];
}
