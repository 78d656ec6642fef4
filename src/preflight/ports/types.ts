import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import type { Identity } from "../../model/process.ts";
import type { SessionRecord } from "../../model/session-record.ts";
import type { Ports } from "../../system/ports/types.ts";
import type { ProcessDescription, Processes } from "../../system/processes/types.ts";
import type { System } from "../../system/system.ts";

/** A port that an app of the config wants. */
export interface WantedPort {
  app: string;
  port: number;
  /** Where the config sets it: `apps.backend.port`. */
  key: string;
  /** It is the configuration's own, and this checkout may get others. */
  shared?: boolean;
}

/** Whose a port is. Only `foreign` can be freed, with consent; `orphan` is swept without asking. */
export type ClaimClass =
  | { is: "free" }
  /** Left by a session that is dead: marked ours, and no guardian watches it any more. */
  | { is: "orphan"; holders: Holder[]; session: string }
  /** Held by the session that asks. */
  | { is: "mine" }
  /**
   * Held by another session, or claimed by one that has not listened yet (no holders). `record` is null where it is of
   * another devpm home, and did not claim the port; `here`: this project's own; `gone`: its folder was removed or renamed.
   */
  | { is: "session"; holders: Holder[]; record: SessionFacts | null; here: boolean; gone?: boolean }
  | { is: "container"; name: string; project: string | null }
  | { is: "foreign"; holders: Holder[]; guarded: string | null; pm2: { name: string; home: string | null } | null }
  /** Nothing listens: a connection that a program has opened goes out from it. */
  | { is: "connection"; holders: Holder[] }
  | { is: "invisible"; uid: number | null }
  | { is: "time-wait" }
  | { is: "forbidden" };

/** What is reported about another session. */
export type SessionFacts = Pick<SessionRecord, "project" | "root" | "startedAt" | "engine"> & {
  /** Its state folder; absent where that is this devpm's own. */
  home?: string;
};

/** `diagnostic` is null where the session may go on: free, mine, orphan. */
export type Claim = WantedPort & ClaimClass & { diagnostic: Diagnostic | null };

export interface ClaimContext {
  /** The id of the session that asks. */
  session: string;
  /** The project instance's folder. */
  root: string;
  /** Records of the user's sessions that are alive, this instance's too if there is one. */
  otherSessions: readonly SessionRecord[];
  /** Ports that another live session has claimed, whether anything listens there yet or not. */
  claimed: ReadonlyMap<number, SessionFacts>;
  /** Further ports that other sessions claim: no alternative. Their claims are read for it, so only where one is needed. */
  elsewhere: () => Promise<readonly number[]>;
  /** Whether a project's folder is there no more. */
  isGone: (root: string) => Promise<boolean>;
  /** Who publishes the port, by the engine; null: no container, or no engine. `isListened`: by any process. */
  containersPublishing: (port: number, isListened: boolean) => Promise<{ name: string; project: string | null } | null>;
}

export type ClaimSystem = Pick<System, "environment" | "clock"> & { processes: Processes; ports: Ports };

/** A process that listens on a wanted port. */
export interface Holder {
  identity: Identity;
  description: ProcessDescription;
  /** The program's name. */
  program: string;
  /** Never signalled, even with consent: Docker, sshd, systemd, editors, ourselves. */
  guarded: boolean;
  /** The PM2 app it belongs to: ended, it would be started again. */
  pm2: { name: string; home: string | null } | null;
  /** What runs below it, and would be left by ending it alone. */
  below: ProcessDescription[];
  /** The session whose mark it carries, or of whose record it is. */
  session: HolderSession | null;
}

export interface HolderSession {
  id: string;
  /** Its engine or guardian is still alive. */
  alive: boolean;
  record: SessionRecord | null;
}
