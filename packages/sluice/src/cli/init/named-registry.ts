import { parseYaml } from '../../config/yaml-document.ts'

/** Where a sluice.yaml keeps images: by its production, else its staging, else any environment; null where it names nothing. */
export function namedRegistry(text: string | null): string | null {
  const environments = fieldsOf(fieldsOf(parseYaml(text ?? '').value).environments)
  const names = ['production', 'staging', ...Object.keys(environments)]
  const registries = names.map((name) => fieldsOf(fieldsOf(environments[name]).container).registry)
  const found = registries.find((one) => typeof one === 'string' && one !== '')
  return typeof found === 'string' ? found : null
}

// A file with a mistake in it still says what it says elsewhere.
function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
}
