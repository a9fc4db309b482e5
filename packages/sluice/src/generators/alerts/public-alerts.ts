import type { AppFacts } from '../../detect/facts.ts'
import type { AlertGroup } from './alert.ts'
import { steps } from './steps.ts'

/** What is seen from outside, where users are. */
export function publicAlerts({ name }: AppFacts): AlertGroup {
  const job = `${name}-public`
  const left = `probe_ssl_earliest_cert_expiry{job="${job}"} - time()`
  const certificate = {
    look: [
      'Which certificate? `echo | openssl s_client -connect HOST:443 2>/dev/null | openssl x509 -noout -dates`.',
    ],
    act: [
      'It renews itself, and did not: read what the one that renews it says (cert-manager, certbot, the proxy).',
      'Renew it by hand, and see that the proxy serves the new one.',
    ],
  }
  return {
    name: `${name}-public`,
    source: `the blackbox exporter, which asks the public address of a health path, as the job ${job}`,
    alerts: [
      {
        name: 'PublicAddressDown',
        severity: 'critical',
        for: '2m',
        expr: `probe_success{job="${job}"} == 0 or absent(probe_success{job="${job}"})`,
        summary: 'The public address does not answer well, or nobody asks it.',
        noticed: 'Nothing works, or not from everywhere.',
        look: [
          'Do the instances serve? `sluice status`.',
          'Name, certificate, proxy: `curl -v` from somewhere else.',
        ],
        act: [
          'The instances are well: it is DNS, the certificate, the network, or what stands in front.',
          steps.back,
        ],
      },
      {
        name: 'CertificateExpiresSoon',
        severity: 'warning',
        for: '1h',
        expr: `${left} < 14 * 86400`,
        summary: 'The certificate ends in {{ $value | humanizeDuration }}.',
        noticed: 'Nothing yet.',
        ...certificate,
      },
      {
        name: 'CertificateExpires',
        severity: 'critical',
        for: '15m',
        expr: `${left} < 3 * 86400`,
        summary: 'The certificate ends in {{ $value | humanizeDuration }}.',
        noticed: 'Nothing yet. When it has ended, no browser opens the page any more.',
        ...certificate,
      },
    ],
  }
}
