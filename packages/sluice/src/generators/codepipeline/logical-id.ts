/** As CloudFormation wants a name: letters and digits. */
export function logicalId(id: string): string {
  return `Job${id
    .split('-')
    .map((word) => `${word[0]!.toUpperCase()}${word.slice(1)}`)
    .join('')}`
}
