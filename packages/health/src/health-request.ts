/** A request, as little of it as health needs. */
export interface HealthRequest {
  method: string
  /** With or without a query. */
  path: string
  /** Names in lower case. */
  headers: Record<string, string | string[] | undefined>
  /** The server's or framework's own request, for `detail.allow`. */
  raw?: unknown
}

export interface HealthAnswer {
  status: number
  headers: Record<string, string>
  /** Empty for HEAD. */
  body: string
}
