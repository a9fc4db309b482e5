/** Something that goes wrong, how it is noticed, and what a person does about it. */
export interface Alert {
  /** `HighErrorRate` */
  name: string
  /** Critical wakes somebody; a warning is read in the morning. */
  severity: 'critical' | 'warning'
  /** How long it has to hold: `5m`. */
  for: string
  /** In PromQL. */
  expr: string
  /** One line for the message; `{{ $value }}` and `{{ $labels.x }}` are filled in by Prometheus. */
  summary: string
  /** What those who use the app notice of it. */
  noticed: string
  /** What to look at, one step each, in Markdown. */
  look: string[]
  /** What to do, one step each, in Markdown. */
  act: string[]
}

/** Alerts that are read together. */
export interface AlertGroup {
  name: string
  /** What exposes the metrics. */
  source: string
  alerts: Alert[]
}

/** `High error rate`: the heading of its section in the runbook. */
export function headingOf({ name }: Pick<Alert, 'name'>): string {
  return name.replaceAll(/(?<!^)[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
}

/** `high-error-rate`: where a link to that heading leads, as GitHub and GitLab make it. */
export function anchorOf(alert: Pick<Alert, 'name'>): string {
  return headingOf(alert).toLowerCase().replaceAll(' ', '-')
}
