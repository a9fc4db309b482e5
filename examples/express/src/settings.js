import { choice, defineEnv, duration, integer, list, port, text, url } from '@sluice/env'

/** Every variable that the app reads. `npm run schema` writes env.schema.yaml from it, which Sluice reads. */
export const declared = defineEnv({
  PORT: port({ default: 3000, docs: 'Where to listen. Given by Sluice.' }),
  LOG_LEVEL: choice(['debug', 'info', 'warn', 'error'], {
    default: 'info',
    docs: 'The least important line that is still written.',
  }),
  CURRENCY: choice(['EUR', 'GBP', 'USD'], {
    docs: 'What all amounts are in. Without a default: a wrong one is money.',
  }),
  CORS_ORIGINS: list({
    of: url({ protocols: ['http', 'https'] }),
    optional: true,
    docs: 'Origins whose pages may read the answers, with a comma between them. Nobody when not given.',
    example: 'https://shop.example',
  }),
  RATE_LIMIT: integer({ min: 1, default: 100, docs: 'Requests that one caller may make in a minute.' }),
  PRICES_URL: url({
    protocols: ['http', 'https'],
    optional: true,
    docs: 'The price service. Without it the list prices in src/catalogue.js apply.',
    example: 'http://127.0.0.1:4010',
  }),
  PRICES_TIMEOUT: duration({
    min: '1ms',
    default: '500ms',
    docs: 'How long the price service may take to answer.',
  }),
  ADMIN_TOKEN: text({
    secret: true,
    optional: true,
    minLength: 32,
    docs: 'Opens /admin to who sends it as a bearer token. Without it nobody is let in.',
  }),
  HEALTH_TOKEN: text({
    secret: true,
    optional: true,
    minLength: 32,
    docs: 'Opens /health/detailed to who sends it as a bearer token.',
  }),
  SLUICE_RELEASE: text({ default: 'unknown', docs: 'Which release this is. Given by Sluice.' }),
})
