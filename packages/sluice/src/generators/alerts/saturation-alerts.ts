import type { AppFacts } from '../../detect/facts.ts'
import type { AlertGroup } from './alert.ts'

/** File systems that hold files, and can be written. */
const files = 'fstype!~"tmpfs|ramfs|overlay|squashfs|iso9660"'
const largest = 'What is large? `du -xh / | sort -h | tail`; for containers `docker system df`.'

/** What runs out before anybody notices: of the machines, and of the app's process. */
export function saturationAlerts({ name: job }: AppFacts): AlertGroup {
  return {
    name: `${job}-saturation`,
    source: `node_exporter on each machine; process_open_fds and process_max_fds of the job ${job}, which every Prometheus client library has on Linux`,
    alerts: [
      {
        name: 'CpuSaturated',
        severity: 'warning',
        for: '15m',
        expr: '1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[5m])) > 0.9',
        summary: 'The processors of {{ $labels.instance }} are {{ $value | humanizePercentage }} busy.',
        noticed: 'It is slower.',
        look: ['Is it the app? `top`, `sluice status --watch`.', 'Since a release? `sluice history`.'],
        act: [
          'It is a new release: [go back](#rollback).',
          'It is traffic: more instances, or a larger machine.',
        ],
      },
      {
        name: 'MemoryShort',
        severity: 'warning',
        for: '10m',
        expr: 'node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes < 0.1',
        summary: '{{ $labels.instance }} has {{ $value | humanizePercentage }} of its memory left.',
        noticed: 'Nothing yet. Soon the kernel ends a process, and whoever waits for it gets an error.',
        look: ['Who has it? `ps aux --sort=-rss | head`.', 'Does it grow since a release? `sluice history`.'],
        act: [
          'It grows since a release: [go back](#rollback).',
          'It always was so: fewer instances here, or more memory.',
        ],
      },
      {
        name: 'DiskAlmostFull',
        severity: 'critical',
        for: '5m',
        expr: `node_filesystem_avail_bytes{${files}} / node_filesystem_size_bytes < 0.05\nand node_filesystem_readonly == 0`,
        summary:
          '{{ $labels.mountpoint }} of {{ $labels.instance }} has {{ $value | humanizePercentage }} left.',
        noticed: 'Nothing yet. Soon nothing can be written: uploads fail, a database stops.',
        look: [largest],
        act: [
          'Take away what is old: logs, images, releases (`keepReleases` in sluice.yaml).',
          'Make it larger.',
        ],
      },
      {
        name: 'InodesAlmostGone',
        severity: 'critical',
        for: '5m',
        expr: `node_filesystem_files_free{${files}} / (node_filesystem_files > 0) < 0.05\nand node_filesystem_readonly == 0`,
        summary: '{{ $labels.mountpoint }} of {{ $labels.instance }} can hold hardly any more files.',
        noticed: 'Nothing yet. Soon no file can be made, though there is room.',
        look: ['Which folder has so many files? `du -x --inodes / | sort -n | tail`.'],
        act: ['Take them away, and stop what makes them: sessions, caches, a queue of mails.'],
      },
      {
        name: 'FileDescriptorsShort',
        severity: 'warning',
        for: '10m',
        expr: `process_open_fds{job="${job}"} / process_max_fds > 0.8`,
        summary:
          '{{ $labels.instance }} has {{ $value | humanizePercentage }} of its files and connections open.',
        noticed: 'Nothing yet. Soon it takes no more connections.',
        look: ['What is open? `ls -l /proc/PID/fd`.', 'Since a release? `sluice history`.'],
        act: [
          'Since a release, something is never closed: [go back](#rollback).',
          'It is traffic: more instances, or a higher limit.',
        ],
      },
    ],
  }
}
