/** What a handler throws to answer with a status of its choice; the message is shown to the caller. */
export function refusal(status, message, headers = {}) {
  return Object.assign(new Error(message), { status, headers, expose: true })
}

/** The answer where no route has one. */
export function notFound(_request, _response, next) {
  next(refusal(404, 'there is nothing here'))
}

/** The answer to whatever went wrong: Express knows it by its four parameters. What the app did not mean to say goes into the log alone. */
export function answerError(error, request, response, next) {
  // Half an answer cannot be made good: Express cuts the connection, so that nobody takes it for a whole one.
  if (response.headersSent) return next(error)
  const status = error.status >= 400 && error.status < 600 ? error.status : 500
  if (status === 500) request.log.error({ err: error }, 'request failed')
  response
    .status(status)
    .set(error.headers ?? {})
    .json({
      error: error.expose ? error.message : 'something went wrong',
      requestId: request.ids['x-request-id'],
    })
}
