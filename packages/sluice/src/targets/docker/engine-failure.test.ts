import { expect, it } from 'vitest'
import { SluiceError } from '../../errors.ts'
import { engineFailure } from './engine-failure.ts'

const asked = { what: 'to do this', address: 'unix:///run/docker.sock' }

it.each([
  ['EACCES', 'ENGINE_UNREACHABLE', 'this user may not open the Docker socket unix:///run/docker.sock'],
  ['ENOENT', 'ENGINE_UNREACHABLE', 'no Docker Engine answers at unix:///run/docker.sock (ENOENT)'],
  [
    'ECONNREFUSED',
    'ENGINE_UNREACHABLE',
    'no Docker Engine answers at unix:///run/docker.sock (ECONNREFUSED)',
  ],
  [
    'ETIMEDOUT',
    'TIMED_OUT',
    'the Docker Engine at unix:///run/docker.sock did not answer when it was asked to do this',
  ],
])('says of a connection that met %s what is wrong', (code, expected, message) => {
  const error = Object.assign(new Error('connect'), { code })
  expect(engineFailure(error, asked)).toMatchObject({ code: expected, message, cause: error })
})

it.each([
  [404, 'no such container - ', 'No such image: shop:9', 'IMAGE_NOT_FOUND'],
  [404, 'no such image - ', 'manifest for shop:9 not found: manifest unknown', 'IMAGE_NOT_FOUND'],
  [
    404,
    'no such image - ',
    "pull access denied for shop, repository does not exist or may require 'docker login'",
    'IMAGE_NOT_FOUND',
  ],
  [
    500,
    'server error - ',
    'Get "https://r.example/v2/": unauthorized: authentication required',
    'IMAGE_NOT_FOUND',
  ],
  [404, 'no such container - ', 'network backend not found', 'ENGINE_REFUSED'],
  [500, 'server error - ', 'write /var/lib/docker/x: no space left on device', 'ENGINE_REFUSED'],
  [400, 'bad parameter - ', 'Minimum memory limit allowed is 6MB', 'ENGINE_REFUSED'],
])('reads an answer of %i (%s%s)', (statusCode, reason, text, code) => {
  const error = Object.assign(new Error(`(HTTP code ${statusCode}) ${reason}${text} `), { statusCode })
  const found = engineFailure(error, asked)
  expect(found.code).toBe(code)
  expect(found.message).toContain(text)
  expect(found.message).not.toContain('HTTP code')
})

it('names who has the name of a container', () => {
  const text =
    'Conflict. The container name "/shop-production-r1-0-1" is already in use by container "0123456789abcdef". You have to remove (or rename) that container to be able to reuse that name.'
  const error = Object.assign(new Error(`(HTTP code 409) unexpected - ${text} `), { statusCode: 409 })
  expect(engineFailure(error, asked)).toMatchObject({
    code: 'NAME_TAKEN',
    message:
      'the name shop-production-r1-0-1 is taken by the container 0123456789ab, which Sluice did not make',
  })
})

it('reads the error of a pull or a build, which comes as a line of its progress', () => {
  expect(engineFailure(new Error('manifest unknown: manifest unknown'), asked).code).toBe('IMAGE_NOT_FOUND')
  expect(engineFailure(new Error('socket hang up'), asked).message).toBe(
    'the Docker Engine at unix:///run/docker.sock hung up',
  )
  expect(engineFailure(new Error('executor failed running [/bin/sh -c false]'), asked).message).toBe(
    'the Docker Engine was asked to do this, and said: executor failed running [/bin/sh -c false]',
  )
})

it('leaves an error of our own as it is', () => {
  const error = new SluiceError('BUG', 'ours')
  expect(engineFailure(error, asked)).toBe(error)
})
