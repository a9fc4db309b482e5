import { test } from 'vitest'
import { haproxyAbilities } from '../../packages/sluice/src/routers/haproxy/abilities.ts'
import { hasHaproxy, openHaproxyLab } from '../../packages/sluice/src/routers/haproxy/lab.fixture.ts'
import { routerSuite } from '../../packages/sluice/src/routers/router.suite.ts'

if (hasHaproxy()) routerSuite('haproxy', haproxyAbilities, openHaproxyLab)
else test.skip('the haproxy router: install HAProxy 2.6 or later to test it (apt install haproxy)', () => {})
