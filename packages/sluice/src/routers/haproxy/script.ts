import { at } from './rows.ts'

const lookAgainMs = 20
const longestHoldMs = 30_000

/** What HAProxy's own rules cannot do: wait. */
export function script(environmentsMap: string): string {
  return `-- Written by Sluice; changes are lost.
local rows = Map.new("${environmentsMap}", Map._str)

local function is_held(environment)
  local row = rows:lookup(environment)
  return row ~= nil and row:match("^[^|]*|([^|]*)") == "1"
end

-- Field ${at.hold} of the row says whether new requests wait.
core.register_action("sluice_hold", { "http-req" }, function(txn)
  local environment = txn:get_var("txn.env")
  for _ = 1, ${longestHoldMs / lookAgainMs} do
    if not is_held(environment) then return end
    core.msleep(${lookAgainMs})
  end
end)

core.register_action("sluice_delay", { "http-req" }, function(txn)
  core.msleep(tonumber(txn:get_var("txn.delay")))
end)
`
}
