import { type Change, unchanged } from '../../sim/service-model.ts'

/** One way in which a candidate may be worse, as it was written. */
export interface Regression {
  text: string
  change: Change
}

/** Where none is asked for. */
export const defaultRegressions = ['x1.5', 'x2', 'x5', 'x20'].map((text) => readRegression(text)!)

/** `x2`: twice as many failures; `+50%`: the slowest answers take half as long again. Null for anything else. */
export function readRegression(text: string): Regression | null {
  const times = Number(/^[x×](\d{1,4}(?:\.\d{1,2})?)$/i.exec(text)?.[1])
  if (times > 1) return { text: `x${times}`, change: { ...unchanged, failures: times } }
  const percent = Number(/^\+(\d{1,4})\s?%$/.exec(text)?.[1])
  if (percent > 0) return { text: `+${percent}%`, change: { ...unchanged, slowest: 1 + percent / 100 } }
  return null
}
