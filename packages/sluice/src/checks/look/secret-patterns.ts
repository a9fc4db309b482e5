/** A form of which every string is a secret, or a part of one. */
export interface SecretPattern {
  /** What it is, with its article. */
  name: string
  /** Without flags and without capturing groups. */
  pattern: string
  /** What has to be in a text for it to be worth a search; found in no time. */
  sign: string
  /** Whether it is worth a finding, where the form alone does not tell. */
  isReal?(match: string, text: string, now: number): boolean
}

const word = '[A-Za-z0-9_-]'

/** The forms that the makers of these secrets document, chosen for having few look-alikes. */
export const secretPatterns: SecretPattern[] = [
  {
    name: 'an access key of AWS',
    sign: 'A[KSBC][IC]A',
    pattern: '\\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\\b',
  },
  { name: 'a token of GitHub', sign: 'gh[pousr]_', pattern: '\\bgh[pousr]_[A-Za-z0-9]{36,}' },
  { name: 'a token of GitHub', sign: 'github_pat_', pattern: '\\bgithub_pat_\\w{60,}' },
  {
    name: 'a token of GitLab',
    sign: 'gl(?:pat|dt|rt|ptt|ft|soat|cbt|agent)-',
    pattern: `\\bgl(?:pat|dt|rt|ptt|ft|soat|cbt|agent)-${word}{20,}`,
  },
  { name: 'a token of Slack', sign: 'xox[abeprs]-', pattern: '\\bxox[abeprs]-(?:\\d+-)+[0-9A-Za-z]{10,}' },
  {
    name: 'a webhook of Slack',
    sign: 'hooks\\.slack',
    pattern: 'hooks\\.slack\\.com/services/T\\w{7,}/B\\w{7,}/\\w{20,}',
  },
  { name: 'a live key of Stripe', sign: '[rs]k_live_', pattern: '\\b[rs]k_live_[0-9A-Za-z]{16,}' },
  { name: 'a signing secret of Stripe', sign: 'whsec_', pattern: '\\bwhsec_[0-9A-Za-z]{32,}' },
  { name: 'a token of npm', sign: 'npm_', pattern: '\\bnpm_[A-Za-z0-9]{36}\\b' },
  { name: 'a token of PyPI', sign: 'pypi-Ag', pattern: `\\bpypi-AgEIcHlwaS5vcmc${word}{50,}` },
  { name: 'a key of SendGrid', sign: 'SG\\.', pattern: `\\bSG\\.${word}{22}\\.${word}{43}` },
  { name: 'a key of Anthropic', sign: 'sk-ant-', pattern: `\\bsk-ant-${word}{20,}` },
  { name: 'a key of OpenAI', sign: 'T3BlbkFJ', pattern: `\\bsk-${word}{20,}T3BlbkFJ${word}{20,}` },
  { name: 'a client secret of Google', sign: 'GOCSPX-', pattern: `\\bGOCSPX-${word}{28}` },
  {
    name: 'an API key of Google',
    sign: 'AIza',
    pattern: `\\bAIza${word}{35}(?!${word})`,
    // In a page or an app of Firebase it is no secret: everyone gets it.
    isReal: (_match, text) => !/authDomain|messagingSenderId|firebaseapp|mobilesdk_app_id/.test(text),
  },
  {
    name: 'a private key',
    sign: 'PRIVATE KEY',
    // With what is in it: a program that reads keys names the first line too.
    pattern:
      '-----BEGIN (?:RSA |EC |DSA |OPENSSH |PGP )?PRIVATE KEY(?: BLOCK)?-----[\\s\\\\nr"\'`+,]*[A-Za-z0-9+/=]{40}',
  },
  {
    name: 'a signed token (JWT)',
    sign: 'eyJ',
    pattern: `\\beyJ${word}{10,}\\.eyJ${word}{10,}\\.${word}{20,}`,
    isReal: (match, _text, now) => isLiveToken(match, now),
  },
]

// RFC 7519: one that has expired opens nothing; an anonymous one is made to be public.
function isLiveToken(token: string, now: number): boolean {
  try {
    const payload = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString('utf8')) as {
      exp?: number
      role?: string
      sub?: string
    }
    const isSample = payload.sub === '1234567890'
    return !isSample && payload.role !== 'anon' && (payload.exp ?? Number.POSITIVE_INFINITY) * 1000 > now
  } catch {
    return false
  }
}

const everything = new RegExp(secretPatterns.map(({ pattern }) => pattern).join('|'), 'g')
const withPassword = /(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@"']*:)[^\s/@"']+@/gi

/** The same text with what is secret in it by its form taken out, for a line that is shown. */
export function masked(text: string): string {
  return text.replace(everything, '***').replace(withPassword, '$1***@')
}
