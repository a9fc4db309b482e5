import { expect, test } from 'vitest'
import { type ApiNode, type ApiTask, nodeFacts, taskFacts } from './task-facts.ts'

const node = (status: ApiNode['Status'], manager?: string): ApiNode => ({
  ID: 'n1',
  Spec: { Availability: 'active' },
  Description: { Hostname: 'node-1' },
  Status: status,
  ...(manager === undefined ? {} : { ManagerStatus: { Addr: manager } }),
})

test.each([
  ['10.0.0.1', undefined, '10.0.0.1'],
  ['0.0.0.0', '10.0.0.2:2377', '10.0.0.2'],
  ['127.0.0.1', '10.0.0.2:2377', '10.0.0.2'],
  ['0.0.0.0', '[fd00::2]:2377', 'fd00::2'],
  ['127.0.0.1', '127.0.0.1:2377', '127.0.0.1'],
  ['0.0.0.0', undefined, '127.0.0.1'],
  ['', undefined, '127.0.0.1'],
])('a node that says %s, and %s as a manager, is reached at %s', (own, manager, address) => {
  expect(nodeFacts(node({ State: 'ready', Addr: own }, manager)).address).toBe(address)
})

test('a node is not taken for down while it looks for a new leader', () => {
  expect(nodeFacts(node({ State: 'unknown' })).isDown).toBe(false)
  expect(nodeFacts(node({ State: 'down' })).isDown).toBe(true)
})

const task = (state: string, desired: string): ApiTask => ({
  ID: 't1',
  ServiceID: 's1',
  CreatedAt: '2026-11-22T10:00:00.5Z',
  DesiredState: desired,
  Status: { State: state },
})

test.each([
  ['pending', 'running', { isOver: false, hasFailed: false, isWanted: true }],
  ['ready', 'ready', { isOver: false, hasFailed: false, isWanted: true }],
  ['running', 'shutdown', { isOver: false, hasFailed: false, isWanted: false }],
  ['shutdown', 'shutdown', { isOver: true, hasFailed: false, isWanted: false }],
  ['failed', 'shutdown', { isOver: true, hasFailed: true, isWanted: false }],
  ['complete', 'shutdown', { isOver: true, hasFailed: true, isWanted: false }],
  ['rejected', 'shutdown', { isOver: true, hasFailed: true, isWanted: false }],
])('a task that is %s and should be %s', (state, desired, facts) => {
  expect(taskFacts(task(state, desired))).toMatchObject(facts)
})

test('a task tells its published port, its own addresses and the words of Swarm', () => {
  const found = taskFacts({
    ...task('running', 'running'),
    NodeID: 'n1',
    Status: {
      State: 'running',
      Message: 'started',
      ContainerStatus: { ContainerID: 'c1', PID: 7 },
      PortStatus: { Ports: [{ Protocol: 'tcp', PublishedPort: 32_768 }] },
    },
    NetworksAttachments: [{ Network: { ID: 'x', Spec: { Name: 'inner' } }, Addresses: ['10.0.1.5/24'] }],
  })
  expect(found).toMatchObject({
    publishedPort: 32_768,
    addresses: { inner: '10.0.1.5' },
    said: 'started',
    pid: 7,
  })
})
