import { type AgentClient, agentClient } from './agent-client.ts'
import { type Call, print, printJson } from './call.ts'

/** The agent, for commands that only look. They start none: where none runs they say so, and this is null. */
export async function runningAgent(call: Call): Promise<AgentClient | null> {
  const agent = agentClient(call.home)
  if ((await agent.hello()) !== null) return agent
  if (call.isJson) printJson(call, { kind: 'no-agent', home: call.home })
  else
    print(call, [
      `No agent runs in ${call.home}. sluice up starts what was deployed; sluice deploy starts something new.`,
    ])
  return null
}
