import { defineEnv, port, text, url } from './index.ts'

const declared = defineEnv({
  PORT: port({ default: 3000 }),
  DATABASE_URL: url({ secret: true, protocols: ['postgres'] }),
  JWT_SECRET: text({ secret: true, minLength: 32 }),
  GREETING: text(),
})
const env = process.argv[2] === 'parse' ? declared.parse() : declared.parseOrExit()
console.log(`${env.GREETING} on ${env.PORT}`)
