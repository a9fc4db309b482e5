/** A line that the app printed. */
export interface PrintedLine {
  stream: 'stdout' | 'stderr'
  line: string
}

/** How the app ended. */
export interface Ended {
  /** Null where a signal ended it, or nobody could tell. */
  code: number | null
  signal: string | null
  /** From what made it end. */
  afterMs: number
}

/** The app, started on this machine for a check. */
export interface RunningApp {
  /** `http://127.0.0.1:40123`, without a slash at its end. */
  url: string
  port: number
  /** From its start until it was first ready. */
  readyAfterMs: number
  /** What it has printed so far. */
  printed(): PrintedLine[]
  /** Asks it to end, as a deploy does, and waits until it has: SIGTERM, and SIGKILL after its grace. */
  stop(): Promise<Ended>
  isRunning(): boolean
}

/** How an app is started for a check, beside what sluice.yaml says. */
export interface StartWith {
  /** Variables that are taken away. */
  without?: string[]
  /** Variables that are set. */
  env?: Record<string, string>
}

/** How a start went that may fail. */
export type Start =
  | { isReady: true; app: RunningApp }
  /** It ended by itself, or was not ready in time; it is gone now. */
  | { isReady: false; ended: Ended | null; printed: PrintedLine[]; afterMs: number; why: string }

/** A dependency that the app reaches over a relay of ours, so that it can be cut off. */
export interface Dependency {
  /** `DATABASE_URL` */
  variable: string
  /** `postgres`, by its scheme. */
  kind: string
  /** Cuts it: connections end, and new ones are refused. */
  cut(): void
  restore(): void
}

/**
 * What a check may do with the running app. Requests go to loopback alone, and there is a limit on their number and on all
 * the time together. Everything that was started is ended when the checks are over.
 */
export interface Trial {
  /** The one that checks share: it is started on first use, and nobody stops it. Throws NotStarted where it does not start. */
  app(): Promise<RunningApp>
  /** One of the check's own. */
  start(options?: StartWith): Promise<Start>
  /** Values that its environment gives the app and that are no secrets, for commands that are run beside it. */
  plainEnv: Record<string, string>
  /** Dependencies that stand behind a relay, in `app()` and in those of `start`. */
  dependencies(): Promise<Dependency[]>
  /**
   * One request to an app of this trial, without following redirects; the body is read up to 1 MiB. Throws where there is
   * no answer within `timeoutMs` (default 5,000), and
   * TrialOver where the limit of requests or of time is reached.
   */
  request(app: RunningApp, path: string, options?: RequestOptions): Promise<Reply>
  /** Waits; for what an app does by itself, such as noticing that a dependency is gone. */
  pause(ms: number): Promise<void>
}

export interface RequestOptions {
  method?: string
  headers?: Record<string, string>
  body?: string
  timeoutMs?: number
}

export interface Reply {
  status: number
  /** Names in lower case; several of a name are joined by `, `. */
  headers: Record<string, string>
  body: string
  tookMs: number
}

/** The bounds of the trial are reached, which says nothing of the app. */
export class TrialOver extends Error {
  override name = 'TrialOver'
}

/** The app did not start, so nothing can be said of how it runs. */
export class NotStarted extends Error {
  override name = 'NotStarted'
}
