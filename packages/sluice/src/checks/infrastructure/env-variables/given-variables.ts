import { isDeclarable } from '../../../detect/variables/declarable.ts'

/** Settings of a runtime that an app may read: its owner may declare them, and is not asked to. */
const ofRuntime = /^(?:NODE_ENV|GOMAXPROCS|GOMEMLIMIT)$/

/** Whether the app's owner has to describe it. */
export function isToDescribe(name: string): boolean {
  return isDeclarable(name) && !ofRuntime.test(name)
}
