import { randomBytes, randomUUID } from 'node:crypto'

// Others choose these, and they end up in logs: nothing longer or stranger than an id is taken over.
const REQUEST_ID = /^[\w.:-]{8,64}$/
const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})$/

/** Gives each request its ids (x-request-id; traceparent of W3C Trace Context), a log that repeats them, and a line at its end. */
export function followRequests({ log, metrics }) {
  return (request, response, next) => {
    const beganAt = performance.now()
    const ids = idsOf(request.headers)
    request.ids = ids
    request.log = log.child({ requestId: ids['x-request-id'], traceId: ids.traceparent.split('-')[1] })
    response.set(ids)
    response.once('close', () => {
      const seconds = (performance.now() - beganAt) / 1000
      const route = routeOf(request)
      const status = response.writableFinished ? response.statusCode : 499
      metrics.count({ method: request.method, route, status_code: status }, seconds)
      const line = { method: request.method, route, status, ms: Math.round(seconds * 1000) }
      request.log[status >= 500 ? 'error' : 'info'](line, 'request')
    })
    next()
  }
}

function idsOf(headers) {
  const { 'x-request-id': id = '', traceparent = '' } = headers
  const [, trace = randomBytes(16).toString('hex'), flags = '00'] = TRACEPARENT.exec(traceparent) ?? []
  return {
    'x-request-id': REQUEST_ID.test(id) ? id : randomUUID(),
    traceparent: `00-${trace}-${randomBytes(8).toString('hex')}-${flags}`,
  }
}

// Never the path itself: whoever asks for a million paths would make a million time series.
function routeOf({ baseUrl, route }) {
  return route === undefined ? 'none' : `${baseUrl}${route.path}`
}
