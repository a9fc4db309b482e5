import { test } from 'vitest'
import { routerSuite } from '../router.suite.ts'
import { hasHaproxy, openHaproxyLab } from './lab.fixture.ts'

if (hasHaproxy()) routerSuite('haproxy', openHaproxyLab)
else test.skip('the haproxy router: install HAProxy 2.6 or later to test it (apt install haproxy)', () => {})
