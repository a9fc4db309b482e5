/** Series by name, each with its values minute by minute, as promtool writes them. */
export type Series = Record<string, string>

/** What an alert is told when it has to fire, and when it must not. */
export interface AlertCase {
  fires: Series
  quiet: Series
  /** How long both last: longer than its `for`. */
  after: string
}

/** How the apps of one stack count their requests. */
export interface Counting {
  /** A counter of those with this status. */
  requests: (status: string) => string
  /** A bucket of a histogram. */
  bucket: (le: string) => string
}

const always = (value: number) => `${value}x120`
const growing = (perMinute: number) => `0+${perMinute}x120`

/** Every alert of an app that needs every server there is. */
export function alertCases({ requests, bucket }: Counting): Record<string, AlertCase> {
  const traffic = (well: number, failed: number): Series => ({
    [requests('200')]: growing(well),
    [requests('500')]: growing(failed),
  })
  const durations = (fast: number, all: number): Series => ({
    [bucket('1.0')]: growing(fast),
    [bucket('2.5')]: growing(all),
    [bucket('+Inf')]: growing(all),
  })
  return {
    NoInstanceUp: {
      fires: { 'up{job="shop", instance="a"}': always(0) },
      quiet: { 'up{job="shop", instance="a"}': always(0), 'up{job="shop", instance="b"}': always(1) },
      after: '5m',
    },
    InstanceDown: {
      fires: { 'up{job="shop", instance="a"}': always(0), 'up{job="shop", instance="b"}': always(1) },
      quiet: { 'up{job="shop", instance="a"}': always(1), 'up{job="other", instance="b"}': always(0) },
      after: '10m',
    },
    HighErrorRate: { fires: traffic(900, 100), quiet: traffic(980, 20), after: '15m' },
    HighLatency: { fires: durations(980, 1000), quiet: durations(995, 1000), after: '20m' },
    ErrorBudgetBurnsFast: { fires: traffic(980, 20), quiet: traffic(995, 5), after: '90m' },
    ErrorBudgetBurnsSlowly: { fires: traffic(9980, 20), quiet: traffic(9995, 5), after: '90m' },
    PublicAddressDown: {
      fires: { 'probe_success{job="shop-public"}': always(0) },
      quiet: { 'probe_success{job="shop-public"}': always(1) },
      after: '5m',
    },
    // Time begins at 0 in a test.
    CertificateExpiresSoon: {
      fires: { 'probe_ssl_earliest_cert_expiry{job="shop-public"}': always(13 * 86_400) },
      quiet: { 'probe_ssl_earliest_cert_expiry{job="shop-public"}': always(15 * 86_400) },
      after: '90m',
    },
    CertificateExpires: {
      fires: { 'probe_ssl_earliest_cert_expiry{job="shop-public"}': always(2 * 86_400) },
      quiet: { 'probe_ssl_earliest_cert_expiry{job="shop-public"}': always(4 * 86_400) },
      after: '30m',
    },
    CpuSaturated: {
      fires: { 'node_cpu_seconds_total{instance="m", mode="idle", cpu="0"}': growing(3) },
      quiet: { 'node_cpu_seconds_total{instance="m", mode="idle", cpu="0"}': growing(30) },
      after: '30m',
    },
    MemoryShort: {
      fires: {
        'node_memory_MemAvailable_bytes{instance="m"}': always(50),
        'node_memory_MemTotal_bytes{instance="m"}': always(1000),
      },
      quiet: {
        'node_memory_MemAvailable_bytes{instance="m"}': always(500),
        'node_memory_MemTotal_bytes{instance="m"}': always(1000),
      },
      after: '20m',
    },
    DiskAlmostFull: {
      fires: disk('avail_bytes', 'size_bytes', 40),
      quiet: disk('avail_bytes', 'size_bytes', 60),
      after: '15m',
    },
    InodesAlmostGone: {
      fires: disk('files_free', 'files', 40),
      quiet: disk('files_free', 'files', 60),
      after: '15m',
    },
    FileDescriptorsShort: {
      fires: {
        'process_open_fds{job="shop", instance="a"}': always(90),
        'process_max_fds{job="shop", instance="a"}': always(100),
      },
      quiet: {
        'process_open_fds{job="shop", instance="a"}': always(70),
        'process_max_fds{job="shop", instance="a"}': always(100),
      },
      after: '20m',
    },
    MongodbDown: down('mongodb_up'),
    MongodbConnectionsShort: {
      fires: {
        'mongodb_ss_connections{conn_type="current"}': always(90),
        'mongodb_ss_connections{conn_type="available"}': always(10),
      },
      quiet: {
        'mongodb_ss_connections{conn_type="current"}': always(70),
        'mongodb_ss_connections{conn_type="available"}': always(30),
      },
      after: '20m',
    },
    MysqlDown: down('mysql_up'),
    MysqlConnectionsShort: {
      fires: {
        mysql_global_status_threads_connected: always(90),
        mysql_global_variables_max_connections: always(100),
      },
      quiet: {
        mysql_global_status_threads_connected: always(70),
        mysql_global_variables_max_connections: always(100),
      },
      after: '20m',
    },
    PostgresqlDown: down('pg_up'),
    // By database, and together they take the connections of the server.
    PostgresqlConnectionsShort: {
      fires: {
        'pg_stat_database_numbackends{datname="app"}': always(50),
        'pg_stat_database_numbackends{datname="other"}': always(40),
        pg_settings_max_connections: always(100),
      },
      quiet: {
        'pg_stat_database_numbackends{datname="app"}': always(50),
        'pg_stat_database_numbackends{datname="other"}': always(20),
        pg_settings_max_connections: always(100),
      },
      after: '20m',
    },
    RabbitmqDown: down('up{job="rabbitmq"}'),
    QueueGrows: {
      fires: { 'rabbitmq_queue_messages_ready{queue="mails"}': always(2000) },
      quiet: { 'rabbitmq_queue_messages_ready{queue="mails"}': always(20) },
      after: '20m',
    },
    RedisDown: down('redis_up'),
    // Without a limit it says 0.
    RedisMemoryShort: {
      fires: { redis_memory_used_bytes: always(95), redis_memory_max_bytes: always(100) },
      quiet: { redis_memory_used_bytes: always(95), redis_memory_max_bytes: always(0) },
      after: '20m',
    },
  }
}

function disk(free: string, all: string, left: number): Series {
  const of = (name: string) => `node_filesystem_${name}{mountpoint="/", fstype="ext4"}`
  const empty = (name: string) => `node_filesystem_${name}{mountpoint="/run", fstype="tmpfs"}`
  const readonly = (name: string) => `node_filesystem_${name}{mountpoint="/cd", fstype="ext4"}`
  return {
    ...{ [of(free)]: always(left), [of(all)]: always(1000), [of('readonly')]: always(0) },
    // Neither of these is ever worth a call.
    ...{ [empty(free)]: always(0), [empty(all)]: always(1000), [empty('readonly')]: always(0) },
    ...{ [readonly(free)]: always(0), [readonly(all)]: always(1000), [readonly('readonly')]: always(1) },
  }
}

function down(metric: string): AlertCase {
  return { fires: { [metric]: always(0) }, quiet: { [metric]: always(1) }, after: '5m' }
}
