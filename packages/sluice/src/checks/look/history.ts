/** What one commit has done to one file: the lines that came in, or those that went out. */
export interface Change {
  /** Its whole hash. */
  commit: string
  /** From the app's folder, as the file was called then. */
  path: string
  way: 'added' | 'removed'
  text: string
  /** The file that these lines are part of: as it was after the commit, or before it where they went out. */
  blob: string
}

/** How far a reading of the history came. */
export type HistoryEnd =
  | { kind: 'whole'; commits: number }
  /** There is nothing that could be read: no repository, or no commit in it. */
  | { kind: 'none'; why: string }
  /** All of what is here, and what came before was not fetched. */
  | { kind: 'shallow'; commits: number }
  /** Not all of what there is. */
  | { kind: 'cut'; why: string }

/** Which files matter, by their paths, and who is told of them. */
export interface Reader {
  isWanted(path: string): boolean
  take(change: Change): void
}

/** The newest commits of an app's folder. How they are read is handed in, and bounded there. */
export interface History {
  /** Hands over the changes of text files, the newest first. Never rejects. */
  read(reader: Reader): Promise<HistoryEnd>
  /** The whole file that a change is part of; null where it cannot be read any more. */
  textOf(change: Change): Promise<string | null>
}
