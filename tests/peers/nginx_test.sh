#!/bin/sh
# The https sink through nginx, HTTP/2 over TLS, to the simulated receiver.
# shellcheck source=tests/peers/lib.sh
. tests/peers/lib.sh


# start_nginx: in front of the receiver; sets front_url.
start_nginx() {
	stop_peer
	front_port=${front_port:-$((20000 + $$ % 20000))}
	mkdir -p "$dir/nginx"
	cat >"$dir/nginx.conf" <<-END
	daemon off;
	$(test "$(id -u)" != 0 || echo 'user root;')
	pid $dir/nginx/pid;
	error_log $dir/nginx/error.log;
	events {}
	http {
	  access_log off;
	  log_format peer '\$server_protocol \$status \$request_length';
	  client_body_temp_path $dir/nginx/body;
	  proxy_temp_path $dir/nginx/proxy;
	  fastcgi_temp_path $dir/nginx/fastcgi;
	  uwsgi_temp_path $dir/nginx/uwsgi;
	  scgi_temp_path $dir/nginx/scgi;
	  server {
	    listen 127.0.0.1:$front_port ssl http2;
	    ssl_certificate $pki/server.pem;
	    ssl_certificate_key $pki/server.key;
	    ssl_protocols TLSv1.2 TLSv1.3;
	    client_max_body_size 100k;
	    access_log $dir/nginx/access.log peer;
	    location / {
	      proxy_pass $sophos_url;
	      proxy_ssl_verify on;
	      proxy_ssl_name localhost;
	      proxy_ssl_trusted_certificate $pki/ca.pem;
	      proxy_next_upstream off;
	    }
	  }
	}
	END
	nginx -p "$dir/nginx" -c "$dir/nginx.conf" 2>"$dir/nginx.err" \
		8>&- 9>&- &
	peer_pid=$!
	front_url=https://127.0.0.1:$front_port
	eventually test -s "$dir/nginx/pid"
}

# behind N [SINK-LINES]: N alerts for the receiver behind nginx.
behind() {
	fresh "$1" "${2:-}"
	sed -i "s|url: $sophos_url/v1|url: $front_url/v1|" "$dir/m2s.conf"
	: >"$dir/nginx/access.log"
}

sim
start_nginx
check 'nginx runs' test -s "$dir/nginx/pid"
behind 1000 'batch_alerts: 100'
make_hostile
check 'all is delivered through it' expect 0 load
check 'each alert is received once' received '1x1000'
check 'over HTTP/2' same 'HTTP/2.0 202' sh -c \
	"cut -d' ' -f1,2 '$dir/nginx/access.log' | sort -u"
check 'in as many requests as there are batches' same 10 sh -c \
	"wc -l <'$dir/nginx/access.log'"
check 'keys and bodies arrive as they are' same '' ledger misuse
check "the receiver's request ids are kept" same 10 sql \
	'SELECT count(DISTINCT request_id) FROM receipt'
check 'the views agree' consistent

sim
behind 1000 'batch_alerts: 1000'
check 'what nginx finds too large is halved' expect 0 load
check 'by its status' same 413 sql \
	"SELECT DISTINCT http_status FROM receipt WHERE outcome = 'rejected'"
check 'and is received once' received '1x1000'
check 'without a flag' flagged 0
check 'the views agree about halves' consistent

sim
faults '1 /v1 reset'
behind 25 'batch_alerts: 10'
check 'a receiver that resets behind nginx' expect 0 load
check 'leaves a doubt' same '502|in doubt' sql \
	'SELECT http_status, outcome FROM receipt WHERE attempt = 1 AND batch_id = 1'
check 'and a flag' flagged 1
check 'the views agree about doubt' consistent

sim
behind 25 'batch_alerts: 10
deadline_s: 2'
stop_peer
check 'nginx that is gone' expect 75 load
check 'has taken nothing' same 'not taken' sql \
	'SELECT DISTINCT outcome FROM receipt'
start_nginx
check 'nginx that is back' expect 0 load
check 'takes it once' received '1x25'
check 'without a flag' flagged 0

done_testing
