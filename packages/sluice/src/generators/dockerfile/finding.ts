/** What is wrong with a Dockerfile, or could not be told: never both. */
export interface DockerfileFinding {
  /** `DF-08`, or of the simulator `SIM-COMMAND`. */
  id: string
  /** From 1; 1 also for what is missing altogether. */
  line: number
  /** `unknown`: what it depends on is not known here, such as an image that no table has. */
  verdict: 'fail' | 'unknown'
  message: string
  /** What others call it: `DL3025`, `JSONArgsRecommended`. */
  tags: readonly string[]
}

/** What is known of the folder that an image is built from. */
export interface BuildContext {
  /** Every file, relative to it, with `/`. */
  files: readonly string[]
  /** The text of its ignore file; null: there is none. */
  dockerignore?: string | null
  /** Programs that the app's dependencies bring, such as `gunicorn` or `next`. Not given: they are not known. */
  commands?: readonly string[]
}
