/** The hourly update of a mirror: for systemd, and for cron. */
import type { CheckedValues } from '../values.js';

/** Returns the words of the update, none of which needs quotes for systemd. An increment becomes a full sync when one is due. */
export function updateWords({ from, to, contact, domain, filter }: CheckedValues): readonly string[] {
  return [
    'clojars-fetch',
    'mirror',
    'sync',
    '--increment',
    '--from',
    from,
    '--to',
    to,
    '--contact',
    contact,
    '--operator',
    domain,
    '--interval',
    '1h',
    ...filter,
  ];
}

export function systemdService(values: CheckedValues): string {
  return `[Unit]
Description=Update the mirror of Clojars in ${values.to}
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
User=${values.user}
ExecStart=/usr/bin/env ${updateWords(values).join(' ')}
TimeoutStartSec=12h
Nice=10
IOSchedulingClass=idle
UMask=0022
CacheDirectory=clojars-mirror
StateDirectory=clojars-mirror
Environment=XDG_CACHE_HOME=/var/cache/clojars-mirror
Environment=XDG_STATE_HOME=/var/lib/clojars-mirror

# It writes into the mirror, and nowhere else.
ProtectSystem=strict
ReadWritePaths=${values.to}
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
NoNewPrivileges=yes
CapabilityBoundingSet=
LockPersonality=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
`;
}

export function systemdTimer({ to }: CheckedValues): string {
  return `[Unit]
Description=Update the mirror of Clojars in ${to} every hour

[Timer]
OnCalendar=hourly
# So that not all mirrors ask at once.
RandomizedDelaySec=30min
Persistent=yes

[Install]
WantedBy=timers.target
`;
}

export function cronTable(values: CheckedValues): string {
  const words = updateWords(values).map((word) => (/^[A-Za-z0-9._/:+@-]+$/.test(word) ? word : `'${word}'`));
  return `# The mirror of Clojars in ${values.to}. To be placed in /etc/cron.d, in place of the timer of systemd.
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
${minuteOf(values.domain)} * * * * ${values.user} ${words.join(' ')} --quiet
`;
}

/** Chooses a minute by the name of the mirror, so that not all mirrors ask at once. */
function minuteOf(domain: string): number {
  let sum = 0;
  for (const character of domain) sum = (sum * 31 + character.charCodeAt(0)) % 60;
  return sum;
}
