import type { Asker } from './io.ts'

/** Asks on this terminal. What asks is read when somebody is asked. */
export const terminalAsker: Asker = {
  async choose(message, choices) {
    const { isCancel, select } = await import('@clack/prompts')
    const options = choices.map(({ value, hint }) => ({ value, label: value, hint }))
    const answer = await select({ message, options })
    return isCancel(answer) ? null : answer
  },
  async several(message, choices, chosen) {
    const { isCancel, multiselect } = await import('@clack/prompts')
    const options = choices.map(({ value, hint }) => ({ value: value as string, label: value, hint }))
    const answer = await multiselect({ message, options, initialValues: chosen as string[], required: false })
    return isCancel(answer) ? null : (answer as typeof chosen)
  },
  async text(message, placeholder) {
    const { isCancel, text } = await import('@clack/prompts')
    const answer = await text({ message, placeholder })
    return isCancel(answer) ? null : (answer ?? '')
  },
  async agree(message) {
    const { confirm, isCancel } = await import('@clack/prompts')
    const answer = await confirm({ message, initialValue: false })
    return isCancel(answer) ? null : answer
  },
}
