import { mostShares } from './check-traffic.ts'
import type { HaproxyHome } from './home.ts'
import { at } from './rows.ts'
import type { Table } from './table.ts'

/** Requests of one environment that may wait for a held app at once. */
const mostHeld = 1_000
/** Coprime to 10,000 and near its golden section: any few turns in a row are spread evenly over all buckets. */
const stride = 6_181
const longestEventGapMs = 3_600_000
/** Tells requests apart that came to another process over TLS. */
export const secureDoor = 9_999

/** What is done with each request, in HAProxy's own words: where it goes, as whom, and what the app sees of it. */
export function requestRules(table: Table, home: HaproxyHome): string {
  return `  http-request set-var(txn.t0) date(0,us)
${whereTo(home)}${rowRules(home)}${previewRules(home)}${userRules(table, home)}${passOn}`
}

function whereTo({ maps }: HaproxyHome): string {
  const isRelayed = '{ var(txn.kind) -m str relay }'
  return `  http-request set-var(txn.host) req.hdr(host),host_only,lower,rtrim(.)
  http-request set-var(txn.path) path,concat(/)
  # A slash in the host would let it pass for another host's path.
  http-request set-var(txn.where) var(txn.host),concat(,txn.path),map_beg(${maps.routes}) unless { var(txn.host) -m sub / }
  http-request set-var(txn.env) var(txn.where),field(1,:)
  http-request set-var(txn.kind) var(txn.where),field(2,:)
  http-request set-log-level silent if ${isRelayed}
  http-request set-var(txn.slot) str(relay) if ${isRelayed}
  http-request set-var(txn.slot) str(relay-secure) if ${isRelayed} { ssl_fc }
  http-request allow if ${isRelayed}
`
}

function rowRules({ maps }: HaproxyHome): string {
  return `  http-request set-var(txn.row) var(txn.env),map_str(${maps.environments})
${answerQuietly(404, 'Nothing is served here.', '!{ var(txn.row) -m found }')}  http-request set-var(txn.epoch) var(txn.row),field(${at.epoch},|)
  http-request set-var(txn.max) var(txn.row),field(${at.maxBody},|)
${answerQuietly(413, 'Content Too Large', '{ req.body_size,sub(txn.max) gt 0 }')}  http-request set-var(txn.patience) var(txn.row),field(${at.patience},|)
  http-request set-var(txn.patience) int(${longestEventGapMs}) if { req.hdr(accept) -m sub -i text/event-stream }
  http-request set-var(txn.cohort) str(u)
  http-request set-var(txn.release) str(*)
`
}

// Who bears the token chooses the release: by its name anywhere, and the previewed one at the preview address.
function previewRules({ maps }: HaproxyHome): string {
  const isPreview = '{ var(txn.kind) -m str preview }'
  const mayEnter = '{ var(txn.enters) -m bool }'
  const isAsked = '{ var(txn.wanted) -m found }'
  return `  http-request set-var(txn.token) var(txn.row),field(${at.token},|)
  http-request set-var(txn.enters) req.hdr(x-sluice-token),secure_memcmp(txn.token) if !{ var(txn.token) -m str . }
  http-request set-var(txn.wanted) req.hdr(x-sluice-release) if ${mayEnter}
  http-request set-var(txn.enters) req.cook(sluice_preview),secure_memcmp(txn.token) if ${isPreview} !${mayEnter}
${tokenRedirect(isPreview, mayEnter)}${answerQuietly(404, 'Nothing is served here.', `${isPreview} !${mayEnter}`)}  http-request set-var(txn.wanted) req.hdr(x-sluice-release) if ${isPreview}
  http-request set-var(txn.wanted) var(txn.row),field(${at.preview},|) if ${isPreview} !${isAsked}
  http-request replace-header Cookie ^(.*;[[:space:]]*)?sluice_preview=[^;]*;?[[:space:]]*(.*)$ \\1\\2 if ${isPreview}
  http-request replace-header Cookie ^(.*);[[:space:]]*$ \\1 if ${isPreview}
  http-request del-header Cookie if ${isPreview} { req.hdr(cookie) -m len 0 }
  http-request set-var(txn.key) var(txn.env),concat(/,txn.wanted) if ${isAsked}
  http-request set-var(txn.slot) var(txn.key),map_str(${maps.releases}) if ${isAsked}
${answerQuietly(404, 'No such release is served here.', `${isAsked} !{ var(txn.slot) -m found }`)}  http-request set-var(txn.cohort) str(s) if ${isAsked}
  http-request set-var(txn.release) var(txn.wanted) if ${isAsked}
${drillRules(isAsked)}`
}

// A person who opens a preview link keeps the token in a cookie, and no longer in the address.
function tokenRedirect(isPreview: string, mayEnter: string): string {
  const bearsIt = `${isPreview} !${mayEnter} { url_param(sluice_token),secure_memcmp(txn.token) }`
  return `  http-request set-var(txn.query) query,regsub(sluice_token=[^&]*,),regsub(&&,&),ltrim(&),rtrim(&) if ${bearsIt}
  http-request set-var(txn.there) path,regsub(^/+,/) if ${bearsIt}
  http-request set-var(txn.there) var(txn.there),concat(?,txn.query) if ${bearsIt} { var(txn.query) -m len gt 0 }
  http-request set-log-level silent if ${bearsIt}
  http-request return status 302 hdr Location "%[var(txn.there)]" hdr Set-Cookie "sluice_preview=%[var(txn.token)]; Path=/; HttpOnly; SameSite=Lax" hdr Cache-Control no-store if ${bearsIt}
`
}

function drillRules(isAsked: string): string {
  const isDrill = '{ var(txn.cohort) -m str d }'
  const isBroken = '{ var(txn.isbroken) -m bool }'
  return `  http-request set-var(txn.drill) var(txn.row),field(${at.drillToken},|) if ${isAsked}
  http-request set-var(txn.cohort) str(d) if ${isAsked} !{ var(txn.drill) -m str . } { req.hdr(x-sluice-drill),secure_memcmp(txn.drill) }
  http-request set-var(txn.broken) var(txn.row),field(${at.drillRelease},|) if ${isDrill}
  http-request set-var(txn.isbroken) bool(true) if ${isDrill} { var(txn.release),strcmp(txn.broken) eq 0 }
  http-request set-var(txn.errors) var(txn.row),field(${at.drillErrors},|) if ${isBroken}
  http-request set-var(txn.delay) var(txn.row),field(${at.drillDelay},|) if ${isBroken}
  http-request lua.sluice_delay if { var(txn.delay) -m int gt 0 }
`
}

function userRules(table: Table, { maps }: HaproxyHome): string {
  const isUser = '{ var(txn.cohort) -m str u }'
  const isHeld = '{ var(txn.hold) -m str 1 }'
  const shares = Array.from({ length: mostShares }, (_, i) => shareRules(at.firstShare + i))
  return `  http-request set-var(txn.hold) var(txn.row),field(${at.hold},|) if ${isUser}
  http-request track-sc2 var(txn.env) table held if ${isHeld}
  http-request lua.sluice_hold if ${isHeld} { sc2_conn_cur le ${mostHeld} }
  http-request set-var(txn.row) var(txn.env),map_str(${maps.environments}) if ${isHeld}
  http-request set-var(txn.epoch) var(txn.row),field(${at.epoch},|) if ${isHeld}
  http-request set-var(txn.hold) var(txn.row),field(${at.hold},|) if ${isHeld}
  http-request set-var(txn.t0) date(0,us) if { sc2_tracked }
  http-request return status 503 hdr Retry-After 1 if ${isHeld}
  http-request track-sc0 var(txn.env) table turns if ${isUser}
  http-request set-var(txn.turn) sc_inc_gpc0(0) if ${isUser}
  http-request set-var(txn.bucket) var(txn.turn),mul(${stride}),mod(10000) if ${isUser}
${stickyRules(table)}${shares.join('')}  http-request return status 503 hdr Retry-After 1 unless { var(txn.slot) -m found }
`
}

function stickyRules(table: Table): string {
  const settings = table.environments.map(({ traffic }) => traffic.settings)
  const headers = new Set(settings.flatMap(({ sticky }) => sticky?.header?.toLowerCase() ?? []))
  const isSticky = '{ var(txn.cohort) -m str u } !{ var(txn.sticky) -m str . }'
  const hasNoKey = '!{ var(txn.user) -m found }'
  const isNew = '{ var(txn.uid) -m found }'
  const cookie = 'sluice_uid=%[var(txn.uid)]; Path=/; HttpOnly; SameSite=Lax'
  const byHeader = [...headers]
    .sort()
    .map(
      (name) =>
        `  http-request set-var(txn.user) req.hdr(${name}) if ${isSticky} { var(txn.sticky) -m str header_${name} }\n`,
    )
  return `  http-request set-var(txn.sticky) var(txn.row),field(${at.sticky},|)
${byHeader.join('')}  http-request set-var(txn.user) req.cook(sluice_uid) if ${isSticky} ${hasNoKey} { req.cook(sluice_uid) -m reg ^[0-9a-f]{32}$ }
  http-request set-var(txn.uid) uuid,regsub(-,,g) if ${isSticky} ${hasNoKey}
  http-request set-var(txn.user) var(txn.uid) if ${isSticky} ${hasNoKey}
  http-request set-var(txn.salt) var(txn.row),field(${at.salt},|),b64dec if ${isSticky}
  http-request set-var(txn.bucket) var(txn.salt),concat(:,txn.user),xxh32(0),mod(10000) if ${isSticky}
  http-response add-header Set-Cookie "${cookie}; Secure" if ${isNew} { ssl_fc } || ${isNew} { so_id ${secureDoor} }
  http-response add-header Set-Cookie "${cookie}" if ${isNew} !{ ssl_fc } !{ so_id ${secureDoor} }
`
}

function shareRules(field: number): string {
  const isOpen = '!{ var(txn.slot) -m found }'
  const isBelow = '{ var(txn.bucket),sub(txn.limit) lt 0 }'
  return `  http-request set-var(txn.share) var(txn.row),field(${field},|) if ${isOpen}
  http-request set-var(txn.limit) var(txn.share),field(1,/) if ${isOpen}
  http-request set-var(txn.release) var(txn.share),field(3,/) if ${isOpen} ${isBelow}
  http-request set-var(txn.slot) var(txn.share),field(2,/) if ${isOpen} ${isBelow}
`
}

/** The app sees who asked, and nothing that a stranger could say of it; it never sees our own fields. */
const passOn = `  http-request del-header ^x[-_]forwarded[-_](for|proto|host|port)$ -m reg
  http-request del-header ^(forwarded|x[-_]real[-_]ip|proxy-connection)$ -m reg
  http-request del-header ^x-sluice-(token|release|drill)$ -m reg
  http-request set-header X-Forwarded-For %[src]
  http-request set-header X-Forwarded-Proto http
  http-request set-header X-Forwarded-Proto https if { ssl_fc } || { so_id ${secureDoor} }
  http-request set-header X-Forwarded-Host %[req.hdr(host)]
  http-request set-header X-Forwarded-Port %[dst_port]
  http-request set-header X-Request-Id %[uuid] unless { req.hdr(x-request-id) -m found }
  # What an app may have done already is not done again.
  http-request disable-l7-retry unless { method GET HEAD OPTIONS PUT DELETE TRACE }
  http-response set-var(txn.us) date(0,us),sub(txn.t0)
  http-response set-status 500 if { var(txn.errors) -m found } { rand(10000),sub(txn.errors) lt 0 }
  http-response set-var(txn.endless) bool(true) if { status 101 } || { res.hdr(content-type) -m beg -i text/event-stream }
  http-response set-var-fmt(txn.server) "%[be_name]/%[srv_name]" if { var(txn.endless) -m bool }
  http-response track-sc1 var(txn.server) table endless if { var(txn.endless) -m bool }
`

/** An answer of ours that says nothing about any release. */
function answerQuietly(status: number, text: string, condition: string): string {
  return `  http-request set-log-level silent if ${condition}
  http-request return status ${status} content-type text/plain string "${text}\\n" if ${condition}
`
}
