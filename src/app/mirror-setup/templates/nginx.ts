/** The site of a mirror for nginx. */
import type { CheckedValues } from '../values.js';

/** Long because a reader knows the file as a whole. */
export function nginxSite({ domain, to, certificate, certificateKey }: CheckedValues): string {
  return `# The mirror of Clojars at ${domain}, written by 'clojars-fetch mirror setup'. To be included in the block 'http'.

# Releases never change. Metadata, snapshots and listings do.
map $uri $clojars_cache {
    default                                          "public, max-age=31536000, immutable";
    "~/maven-metadata\\.xml(\\.[a-z0-9]+)?$"           "public, max-age=60";
    "~-SNAPSHOT/"                                    "public, max-age=60";
    "~/$"                                            "public, max-age=60";
    "~^/[^/]+$"                                      "public, max-age=60";
    "~^/(stats|\\.well-known)/"                       "public, max-age=60";
}

server {
    listen 80;
    listen [::]:80;
    server_name ${domain};
    server_tokens off;

    location ^~ /.well-known/acme-challenge/ {
        root /var/www/html;
    }
    location / {
        return 301 https://${domain}$request_uri;
    }
}

server {
    listen 443 ssl http2;
    listen [::]:443 ssl http2;
    server_name ${domain};
    server_tokens off;

    ssl_certificate ${certificate};
    ssl_certificate_key ${certificateKey};
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_session_cache shared:clojars_mirror:10m;
    ssl_session_timeout 1d;
    ssl_session_tickets off;

    access_log /var/log/nginx/${domain}.access.log combined;

    root ${to};
    disable_symlinks on from=$document_root;
    autoindex on;
    autoindex_exact_size on;
    sendfile on;
    tcp_nopush on;
    gzip off;

    types {
        application/x-java-archive  jar;
        application/xml             pom xml;
        application/json            json module;
        application/gzip            gz;
        application/edn             edn;
        text/html                   html;
        text/plain                  asc clj md5 sha1 sha256 sha512 sig txt;
    }
    default_type application/octet-stream;

    add_header Cache-Control $clojars_cache;
    add_header X-Content-Type-Options nosniff;

    # A file that is missing may arrive with the next update.
    error_page 403 404 @missing;

    if ($request_method !~ "^(GET|HEAD)$") {
        return 405;
    }
    location = /.well-known/clojars-mirror.json {
    }
    location = /lastsync {
        default_type text/plain;
    }
    location ~ /\\. {
        return 404;
    }
    location / {
    }
    location @missing {
        add_header Cache-Control no-store always;
        return 404;
    }
}
`;
}
