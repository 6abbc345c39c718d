#!/bin/sh
# pipe_test.sh <kontor>: the command without a terminal. Each case compares the output and the exit code.
set -u
kontor=$1
failed=0
cases=0
KONTOR_HISTORY=
export KONTOR_HISTORY

# expect <title> <exit code> <expected standard output> <arguments...>; standard input comes from the caller.
expect() {
  title=$1 want_code=$2 want=$3
  shift 3
  cases=$((cases + 1))
  got=$("$kontor" "$@" 2>stderr.txt && echo "[0]" || echo "[$?]")
  if [ "$got" != "$want[$want_code]" ]; then
    failed=$((failed + 1))
    printf 'FAILED: %s\n-- expected\n%s[%s]\n-- got\n%s\n-- standard error\n' "$title" "$want" "$want_code" "$got"
    cat stderr.txt
  fi
}

# complains <title> <text>: the last command said so on standard error.
complains() {
  cases=$((cases + 1))
  grep -qF -- "$2" stderr.txt && return
  failed=$((failed + 1))
  printf 'FAILED: %s\n-- expected on standard error: %s\n-- got\n' "$1" "$2"
  cat stderr.txt
}

# wait_for_lines <count> <file>: until another process has written so many, at most ten seconds.
wait_for_lines() {
  tries=0
  touch "$2"
  until [ "$(wc -l <"$2")" -ge "$1" ] || [ "$tries" -ge 200 ]; do
    tries=$((tries + 1))
    sleep 0.05
  done
}

# ---- Replies ----

expect 'raw replies in a pipe' 0 'OK
1

a
b
2
' <<'IN'
SET greeting hello
DEL greeting
GET greeting
ECHO a
ECHO "b"

RPUSH list x y
IN

expect 'replies as on a terminal' 0 'OK
(integer) 1
"a \"b\"\n\x00"
(nil)
(integer) 2
1) "x"
2) "y"
(empty array)
1) "0"
2) (empty array)
' --no-raw <<'IN'
SET greeting hello
DEL greeting
ECHO "a \"b\"\n\x00"
GET greeting
RPUSH list x y
LRANGE list 0 -1
LRANGE list 5 9
SCAN 0 MATCH nosuch
IN

expect 'an error of a command is told and counted' 1 '1
WRONGTYPE Operation against a key holding the wrong kind of value

PONG
' <<'IN'
RPUSH list x
GET list
PING
IN

expect 'unbalanced quotes' 1 'Invalid argument(s)
PONG
' <<'IN'
SET a "b
PING
IN

printf 'SET a b\r\nGET a' >unfinished.txt
expect 'a last line without line feed, and carriage returns' 0 'OK
b
' <unfinished.txt

expect 'bytes are bytes' 0 "$(printf 'OK\n\377\376\n6\n')
" <<'IN'
SET "\xff" "\xff\xfe"
GET "\xff"
APPEND "\xff" \xff
IN

expect 'quit ends it' 0 'PONG
' <<'IN'
PING
quit
ECHO never
IN

expect 'no input' 0 '' </dev/null

# ---- Commands on the command line ----

expect 'one -c' 0 'PONG
' -c PING </dev/null
expect 'several, with quotes and several lines' 0 'OK
b c
b c
' -c 'SET a "b c"' -c 'GET a
GET a' </dev/null
expect 'an argument list needs no quoting' 0 'a "b" \n
' -- ECHO 'a "b" \n' </dev/null
expect 'an error on the command line' 1 "ERR wrong number of arguments for 'get' command

" -- GET </dev/null
expect 'after an error the next -c still runs' 1 'Invalid argument(s)
PONG
' -c "'" -c PING </dev/null

# ---- Sessions ----

expect 'a transaction, and what it gives up' 0 'OK
QUEUED
QUEUED
1
2
OK
QUEUED
OK
2
' <<'IN'
MULTI
INCR n
INCR n
EXEC
MULTI
INCR n
DISCARD
GET n
IN
expect 'a watched key that changes' 0 'OK
OK
OK
QUEUED

1
' <<'IN'
WATCH k
SET k 1
MULTI
SET k 2
EXEC
GET k
IN
expect 'what is not replied is not waited for' 0 '1
' <<'IN'
CLIENT REPLY SKIP
SET k 0
INCR n
CLIENT REPLY OFF
SET k 1
IN
expect 'there is nobody to monitor' 1 "ERR unknown command 'MONITOR', with args beginning with: 

" -c MONITOR </dev/null
expect 'several confirmations come in their order' 0 '1) "unsubscribe"
2) "a"
3) (integer) 0
PONG
' --no-raw <<'IN'
UNSUBSCRIBE a
PING
IN
cases=$((cases + 1))
[ "$("$kontor" --no-raw -c 'CLIENT LIST' -c 'INFO server' | grep -c '^id=.* cmd=client|list\|^# Server')" = 2 ] || {
  failed=$((failed + 1))
  echo 'FAILED: reports are shown as they are'
}
expect 'a script ends with its session' 1 '1
the session has ended

' <<'IN'
CLIENT KILL SKIPME no TYPE normal
SET k 1
SET k 2
IN

# ---- Durable ----

expect 'a directory is made' 0 'OK
' data -c 'SET kept yes' </dev/null
expect 'and keeps what it was given' 0 'yes
' shell data -- GET kept </dev/null
for durability in async sync; do
  expect "durability $durability" 0 'yes
' --durability "$durability" data -- GET kept </dev/null
done
expect 'databases' 0 'OK
OK

OK
yes
' data <<'IN'
SELECT 2
SET other 2
GET kept
SELECT 0
GET kept
IN

# ---- Help ----

expect 'help on a shell command' 0 '
  quit
  summary: Leaves, closing the engine; so does the end of the input
  group: shell

' -c 'HELP QUIT' </dev/null
for command in SET GET HSET LPUSH BLPOP SCAN EXPIRE PUBLISH Q.ACK; do
  cases=$((cases + 1))
  "$kontor" -c "help $command" | grep -q "^  $command " && continue
  failed=$((failed + 1))
  echo "FAILED: help $command does not show its syntax"
done
cases=$((cases + 1))
"$kontor" -c 'help @string' | grep -c '^  group: string$' | grep -qE '^[1-9][0-9]+$' || {
  failed=$((failed + 1))
  echo 'FAILED: help @string shows fewer than ten commands'
}

# ---- Queues ----

cases=$((cases + 1))
figures=$("$kontor" -c 'q.add jobs a
q.add jobs b PRIORITY 31
q.add jobs c delay 60000' -c 'q.info jobs' | tr '\n' ' ' | sed 's/age-ms [0-9]*/age-ms N/; s/paused .*//')
[ "$figures" = '1 2 3 ready 2 delayed 1 leased 0 dead 0 done 0 waiting-consumers 0 oldest-ready-age-ms N enqueued-total 3 '\
'delivered-total 0 redelivered-total 0 acknowledged-total 0 dead-total 0 dropped-total 0 ' ] || {
  failed=$((failed + 1))
  echo "FAILED: the figures of a queue: $figures"
}

cases=$((cases + 1))
taken=$("$kontor" -c 'q.add jobs plain
q.add jobs urgent PRIORITY 5
q.take jobs
q.take jobs
q.take jobs' | sed -n '/^body$/,/^id$/p' | tr '\n' ' ')
[ "$taken" = 'body urgent id body plain id ' ] || {
  failed=$((failed + 1))
  echo "FAILED: q.take serves the urgent message first and then nothing: '$taken'"
}
expect 'a receipt nobody has' 0 '1
0
' -c 'q.add jobs a' -c 'q.ack jobs 123456789' </dev/null

# ---- Listening ----

expect 'messages come after the reply of what sent them' 0 'subscribe
a
1
psubscribe
n*
2
1
message
a
hi
1
pmessage
n*
news
there
0
PONG
' <<'IN'
SUBSCRIBE a
PSUBSCRIBE n*
PUBLISH a hi
PUBLISH news there
PUBLISH other x
PING
IN

expect 'as on a terminal, until nothing is subscribed' 0 'Reading messages... (press Ctrl-C to quit)
1) "subscribe"
2) "a"
3) (integer) 1
1) "subscribe"
2) "b"
3) (integer) 2
1) "unsubscribe"
2) "a"
3) (integer) 1
1) "punsubscribe"
2) (nil)
3) (integer) 1
1) "unsubscribe"
2) "b"
3) (integer) 0
(integer) 0
' --no-raw <<'IN'
SUBSCRIBE a b
UNSUBSCRIBE a
PUNSUBSCRIBE
UNSUBSCRIBE
PUBLISH b late
IN

# ---- Serving ----

if "$kontor" serve --help >/dev/null 2>&1; then
  "$kontor" serve served --port 0 --unix served.sock >served.txt 2>served_errors.txt &
  server=$!
  wait_for_lines 1 served.txt
  cases=$((cases + 1))
  port=$(sed -n 's/^kontor .* serves served at 127.0.0.1 port \([0-9]*\) and served.sock$/\1/p' served.txt)
  replies=$(redis-cli -s served.sock SET by redis-cli && redis-cli -p "$port" GET by)
  [ "$replies" = "$(printf 'OK\nredis-cli')" ] || {
    failed=$((failed + 1))
    echo "FAILED: what redis-cli is answered: '$replies', $(cat served.txt served_errors.txt)"
  }
  expect 'a path at which somebody listens' 1 '' serve --unix served.sock </dev/null
  complains 'a path at which somebody listens' 'somebody listens at served.sock already'
  cases=$((cases + 1))
  kill -TERM "$server"
  wait "$server" && [ ! -e served.sock ] || {
    failed=$((failed + 1))
    echo 'FAILED: a server that is asked to end ends with 0 and takes its socket along'
  }
  expect 'what was served is kept' 0 'redis-cli
' served -- GET by </dev/null
  # A client may end it as well; what it was answered is kept.
  cases=$((cases + 1))
  "$kontor" serve served --unix served.sock >served.txt 2>served_errors.txt &
  server=$!
  wait_for_lines 1 served.txt
  replies=$(redis-cli -s served.sock SET before shutdown && redis-cli -s served.sock SHUTDOWN NOSAVE 2>&1)
  wait "$server" && [ ! -e served.sock ] && [ "$replies" = OK ] && [ ! -s served_errors.txt ] || {
    failed=$((failed + 1))
    echo "FAILED: SHUTDOWN ends a server in order, with 0: '$replies', $(cat served.txt served_errors.txt)"
  }
  expect 'what was answered before a SHUTDOWN is kept' 0 'shutdown
' served -- GET before </dev/null
  cases=$((cases + 1))
  "$kontor" serve --unix served.sock --debug --maxmemory 100mb --maxmemory-policy allkeys-lru >served.txt 2>served_errors.txt &
  server=$!
  wait_for_lines 1 served.txt
  replies=$(redis-cli -s served.sock DEBUG SLEEP 0 && redis-cli -s served.sock CONFIG GET 'maxmemory*' | tr '\n' ' ' &&
    redis-cli -s served.sock SHUTDOWN 2>&1)
  wait "$server" && [ "$replies" = "$(printf 'OK\nmaxmemory 104857600 maxmemory-policy allkeys-lru ')" ] || {
    failed=$((failed + 1))
    echo "FAILED: with --debug there is DEBUG, and settings are set: '$replies', $(cat served.txt served_errors.txt)"
  }
  expect 'a setting that does not exist' 2 '' serve nowhere --port 0 --maxmemory-policy nosuch </dev/null
  cases=$((cases + 1))
  [ ! -e nowhere ] || {
    failed=$((failed + 1))
    echo 'FAILED: a wrong setting makes no directory'
  }
  complains 'a setting that does not exist' "--maxmemory-policy 'nosuch': ERR CONFIG SET failed"
  expect 'no password in its file' 1 '' serve --port 0 --password-file nosuch </dev/null
  complains 'no password in its file' 'nosuch cannot be read'
  expect 'a port that is no number' 2 '' serve --port none </dev/null
  complains 'a port that is no number' "--port is a number, not 'none'"
  expect 'a port out of bounds' 1 '' serve --port 65536 </dev/null
  complains 'a port out of bounds' 'PORT is -1 to 65535'
fi

# ---- Usage and failures ----

expect 'the version' 0 "kontor $("$kontor" --version | sed 's/^kontor //')
" --version </dev/null
expect 'an unknown option' 2 '' --nosuch </dev/null
complains 'an unknown option' "'--nosuch' is no option"
expect 'one argument too many' 2 '' data GET kept </dev/null
complains 'one argument too many' 'a command goes after --'
expect 'a directory without files' 2 '' --durability memory data </dev/null
complains 'a directory without files' 'leave one of them out'
expect 'sync without a directory' 2 '' --durability sync </dev/null
"$kontor" --help | grep -q '^usage: kontor' || {
  failed=$((failed + 1))
  echo 'FAILED: --help shows no usage'
}

echo file >a_file
expect 'a file instead of a directory' 3 '' a_file -c PING </dev/null
complains 'a file instead of a directory' 'a_file'
complains 'a file instead of a directory' 'Name a directory'
[ "$(cat a_file)" = file ] || {
  failed=$((failed + 1))
  echo 'FAILED: the file was changed'
}

mkfifo hold
"$kontor" data <hold >held.txt &
holder=$!
exec 9>hold
echo PING >&9
wait_for_lines 1 held.txt
expect 'a directory that another process has open' 3 '' data -c PING </dev/null
complains 'a directory that another process has open' "$holder"
complains 'a directory that another process has open' 'Let that process close'
exec 9>&-
wait "$holder" || {
  failed=$((failed + 1))
  echo 'FAILED: the process that held the directory did not end with 0'
}
expect 'and free again' 0 'yes
' data -- GET kept </dev/null

# A process that is killed leaves a journal whose last record can be cut short.
mkfifo crash
"$kontor" torn <crash >torn.txt &
crasher=$!
exec 9>crash
printf 'SET whole 1\nSET cut 2\n' >&9
wait_for_lines 2 torn.txt
sleep 1.5 # async durability: written about every second
kill -9 "$crasher"
wait "$crasher" 2>/dev/null
exec 9>&-
journal=$(ls torn/journal-* | tail -n 1)
size=$(($(wc -c <"$journal")))
truncate -s $((size - 3)) "$journal"
expect 'a torn tail is cut off' 0 '1

' torn -c 'GET whole
GET cut' </dev/null
complains 'a torn tail is told' "bytes were cut off the journal's end"
expect 'once' 0 '1
' torn -c 'GET whole' </dev/null
cases=$((cases + 1))
[ ! -s stderr.txt ] || {
  failed=$((failed + 1))
  echo 'FAILED: a repaired journal is told again'
}

cases=$((cases + 1))
"$kontor" -c 'ECHO x' >/dev/full 2>/dev/null
[ $? = 1 ] || {
  failed=$((failed + 1))
  echo 'FAILED: output that cannot be written is not exit code 1'
}

echo "$cases cases, $failed failed"
[ "$failed" = 0 ]
