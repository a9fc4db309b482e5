import { expect, it } from 'vitest'
import { baseImages } from './base-images.ts'

it('names the images that a Dockerfile begins with, each once', () => {
  const dockerfile = `ARG VERSION=24
# FROM commented:1
FROM ghcr.io/acme/base:1 AS build
RUN echo FROM nowhere
from --platform=linux/amd64 node:24-slim as Web
FROM web
FROM BUILD AS again
FROM node:\${VERSION}
FROM ghcr.io/acme/base:1
FROM scratch
`
  expect(baseImages(dockerfile)).toEqual(['ghcr.io/acme/base:1', 'node:24-slim'])
})
