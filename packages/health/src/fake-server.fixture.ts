import { EventEmitter } from 'node:events'

/** A server without a network: requests are begun by the test, and end when the test says so. */
export class FakeServer extends EventEmitter {
  readonly log: string[] = []

  close(): void {
    this.log.push('close')
  }

  begin(url = '/'): FakeResponse {
    const response = new FakeResponse()
    const destroySoon = () => this.log.push(`idle connection of ${url}`)
    const socket = Object.assign(new EventEmitter(), { destroyed: false, writableLength: 0, destroySoon })
    this.emit('request', { method: 'GET', url, headers: {}, socket }, response)
    return response
  }
}

export class FakeResponse extends EventEmitter {
  statusCode = 200
  headersSent = false
  shouldKeepAlive = true
  body: string | null = null

  setHeader(): void {}

  end(body = ''): void {
    this.body = body
    this.headersSent = true
    this.emit('finish')
    this.emit('close')
  }
}
