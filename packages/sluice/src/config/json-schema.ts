import { z } from 'zod'
import type { JsonSchema } from './keys.ts'
import { configSchema } from './schema.ts'

/** What sluice.yaml may say, as JSON Schema: for editors, the reference page and suggestions. */
export function configJsonSchema(): JsonSchema {
  return z.toJSONSchema(configSchema, { io: 'input' }) as JsonSchema
}

/** The editor schema that the package brings along. */
export function editorSchema(): JsonSchema {
  return { title: 'sluice.yaml', ...configJsonSchema() }
}
