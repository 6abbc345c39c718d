#ifndef KONTOR_TESTS_INTEROP_RULES_H_
#define KONTOR_TESTS_INTEROP_RULES_H_

#include <span>

namespace interop {

// The commands of Redis that are compared, by family, in the notation of grammar.h.

inline constexpr const char* kStringRules[] = {
    "SET {string} {value}",
    "SET {string} {value} [ NX|XX ] [ GET ]",
    "SET {string} {value} EXAT {later} [ NX|XX|GET|KEEPTTL ]",
    "SET {string} {value} PXAT {later}000 [ NX|XX|GET|KEEPTTL ]",
    "SET {string} {value} KEEPTTL",
    "SET {string} {int}",
    "SET {any} {value}",
    "SET {string} {value} EX|PX {int}0000",
    "GET {string}",
    "GET {any}",
    "MGET {string} ( {any} )*",
    "MSET {string} {value} ( {string} {value} )*",
    "MSETNX {string} {value} ( {string} {value} )*",
    "GETSET {string} {value}",
    "GETDEL {string}",
    "GETEX {string} [ PERSIST ]",
    "GETEX {string} EXAT {later}",
    "SETNX {string} {value}",
    "SETEX {string} {int}00 {value}",
    "APPEND {string} {value}",
    "STRLEN {string}",
    "GETRANGE|SUBSTR {string} {index} {index}",
    "SETRANGE {string} {offset} {value}",
    "INCR|DECR {string}",
    "INCRBY|DECRBY {string} {int}",
    "INCRBYFLOAT {string} {float}",
    "LCS {string} {string} [ LEN ] [ IDX ] [ MINMATCHLEN {count} ] [ WITHMATCHLEN ]",
};

inline constexpr const char* kBitmapRules[] = {
    "SETBIT {bits} {bit} 0|1",
    "SETBIT {bits} {bit} 0|1",
    "SETBIT {bits} {bit} {count}",
    "GETBIT {bits} {offset}",
    "BITCOUNT {bits} [ {index} {index} [ BYTE|BIT ] ]",
    "BITCOUNT {bits} {offset} {offset} BYTE|BIT",
    "BITPOS {bits} 0|1 [ {index} [ {index} [ BYTE|BIT ] ] ]",
    "BITPOS {bits} {count} {offset} {offset} BIT",
    "BITOP AND|OR|XOR|NOT {bits} {bits}",
    "BITOP AND|OR|XOR {bits} {bits} ( {bits} )*",
    "BITFIELD {bits} ( GET {encoding} {place} )*",
    "BITFIELD_RO {bits} ( GET {encoding} {place} )*",
    "BITFIELD {bits} SET {encoding} {place} {int} ( INCRBY {encoding} {place} {int} )*",
    ("BITFIELD {bits} OVERFLOW WRAP|SAT|FAIL|x INCRBY {encoding} {place} {int} GET {encoding} "
     "{place}"),
    "SET {bits} {value}",
    "GET {bits}",
};

inline constexpr const char* kHyperLogLogRules[] = {
    "PFADD {hll} ( {member} )*", "PFADD {hll} {member} ( {member} )*", "PFCOUNT {hll} ( {hll} )*",
    "PFMERGE {hll} ( {hll} )*",  "PFDEBUG ENCODING|DECODE|x {hll}",    "GET {hll}",
};

inline constexpr const char* kHashRules[] = {
    "HSET {hash} {field} {value} ( {field} {value} )*",
    "HSET {hash} {field} {value} ( {field} {value} )*",
    "HSET {hash} {field} {int}",
    "HMSET {hash} {field} {value} ( {field} {value} )*",
    "HSETNX {hash} {field} {value}",
    "HGET {hash} {field}",
    "HMGET {hash} {field} ( {field} )*",
    "HDEL {hash} {field} ( {field} )*",
    "HLEN {hash}",
    "HEXISTS {hash} {field}",
    "HSTRLEN {hash} {field}",
    "~2 HGETALL {hash}",
    "~ HKEYS|HVALS {hash}",
    "HINCRBY {hash} {field} {int}",
    "HINCRBYFLOAT {hash} {field} {float}",
    "scan2 HSCAN {hash} 0 COUNT 1000 [ MATCH {pattern} ]",
    "? HRANDFIELD {hash} [ {few} [ WITHVALUES ] ]",
};

inline constexpr const char* kListRules[] = {
    "LPUSH|RPUSH {list} {value} ( {value} )*",
    "LPUSH|RPUSH {list} {member} ( {member} )*",
    "LPUSHX|RPUSHX {list} {value} ( {value} )*",
    "LPOP|RPOP {list} [ {count} ]",
    "LLEN {list}",
    "LRANGE {list} {index} {index}",
    "LINDEX {list} {index}",
    "LSET {list} {index} {value}",
    "LINSERT {list} BEFORE|AFTER {member} {value}",
    "LREM {list} {signed} {member}",
    "LTRIM {list} {index} {index}",
    "LPOS {list} {member} [ RANK {signed} ] [ COUNT {count} ] [ MAXLEN {count} ]",
    "LMOVE {list} {list} LEFT|RIGHT LEFT|RIGHT",
    "RPOPLPUSH {list} {list}",
    "LMPOP {numkeys} {list} {list} LEFT|RIGHT [ COUNT {count} ]",
    "rare BLPOP|BRPOP {list} {list} 0.001",
    "rare BLMOVE {list} {list} LEFT|RIGHT LEFT|RIGHT 0.001",
    "rare BRPOPLPUSH {list} {list} 0.001",
    "rare BLMPOP 0.001 {numkeys} {list} {list} LEFT|RIGHT [ COUNT {count} ]",
};

inline constexpr const char* kSetRules[] = {
    "SADD {set} {member} ( {member} )*",
    "SADD {set} {member} ( {member} )*",
    "SADD {set} {int} ( {int} )*",
    "SREM {set} {member} ( {member} )*",
    "SCARD {set}",
    "SISMEMBER {set} {member}",
    "SMISMEMBER {set} {member} ( {member} )*",
    "~ SMEMBERS {set}",
    "SMOVE {set} {set} {member}",
    "~ SINTER|SUNION|SDIFF {set} ( {set} )*",
    "SINTERSTORE|SUNIONSTORE|SDIFFSTORE {set} {set} ( {set} )*",
    "SINTERCARD {numkeys} {set} {set} [ LIMIT {count} ]",
    "~ SPOP {set} 10000",
    "? SRANDMEMBER {set} [ {few} ]",
    "scan SSCAN {set} 0 COUNT 10000 [ MATCH {pattern} ]",
};

inline constexpr const char* kSortedSetRules[] = {
    "ZADD {zset} {float} {member} ( {float} {member} )*",
    "ZADD {zset} {float} {member} ( {float} {member} )*",
    "ZADD {zset} {float} {member} ( {int} {member} )*",
    "ZADD {zset} [ NX|XX ] [ GT|LT ] [ CH ] {float} {member} ( {float} {member} )*",
    "ZADD {zset} [ NX|XX|GT|LT ] INCR {float} {member}",
    "ZINCRBY {zset} {float} {member}",
    "ZREM {zset} {member} ( {member} )*",
    "ZCARD {zset}",
    "ZSCORE {zset} {member}",
    "ZMSCORE {zset} {member} ( {member} )*",
    "ZRANK|ZREVRANK {zset} {member}",
    "ZCOUNT {zset} {score} {score}",
    "ZRANGE {zset} {index} {index} [ REV ] [ WITHSCORES ]",
    "ZRANGE {zset} {score} {score} BYSCORE [ REV ] [ LIMIT {signed} {signed} ] [ WITHSCORES ]",
    "ZRANGE {zset} {index} {index} [ LIMIT {signed} {signed} ] [ BYLEX WITHSCORES ]",
    "ZREVRANGE {zset} {index} {index} [ WITHSCORES ]",
    "ZRANGEBYSCORE|ZREVRANGEBYSCORE {zset} {score} {score} [ WITHSCORES ] [ LIMIT {signed} "
    "{signed} "
    "]",
    "ZRANGESTORE {zset} {zset} {index} {index} [ REV ]",
    "ZRANGESTORE {zset} {zset} {score} {score} BYSCORE [ REV ] [ LIMIT {signed} {signed} ]",
    "ZREMRANGEBYRANK {zset} {index} {index}",
    "ZREMRANGEBYSCORE {zset} {score} {score}",
    "ZPOPMIN|ZPOPMAX {zset} [ {count} ]",
    "ZMPOP {numkeys} {zset} {zset} MIN|MAX [ COUNT {count} ]",
    "rare BZPOPMIN|BZPOPMAX {zset} {zset} 0.001",
    "rare BZMPOP 0.001 {numkeys} {zset} {zset} MIN|MAX [ COUNT {count} ]",
    "ZUNION|ZINTER {numkeys} {zset} {zset} [ WEIGHTS {float} {float} ] [ AGGREGATE SUM|MIN|MAX ] [ "
    "WITHSCORES ]",
    "ZUNION|ZINTER|ZDIFF {numkeys} {zset} {set} [ WITHSCORES ]",
    "ZUNION|ZINTER|ZDIFF 3 {zset} {zset} {set} [ WITHSCORES ]",
    "ZUNIONSTORE|ZINTERSTORE {zset} {numkeys} {set} {zset} [ WEIGHTS {float} {float} ] [ AGGREGATE "
    "SUM|MIN|MAX ]",
    "ZUNIONSTORE|ZINTERSTORE|ZDIFFSTORE {zset} {numkeys} {zset} {zset}",
    "ZINTERCARD {numkeys} {zset} {set} [ LIMIT {count} ]",
    "? ZRANDMEMBER {zset} [ {few} [ WITHSCORES ] ]",
    "scan2 ZSCAN {zset} 0 COUNT 10000 [ MATCH {pattern} ]",
};

// Ranges of members say something only where all scores are equal, so these sets are their own.
inline constexpr const char* kLexicalRules[] = {
    "ZADD {lexical} 0 {member} ( 0 {member} )*",
    "ZADD {lexical} 0 {member} ( 0 {member} )*",
    "ZLEXCOUNT {lexical} {lex} {lex}",
    "ZRANGEBYLEX|ZREVRANGEBYLEX {lexical} {lex} {lex} [ LIMIT {signed} {signed} ]",
    "ZRANGE {lexical} {lex} {lex} BYLEX [ REV ] [ LIMIT {signed} {signed} ]",
    "ZRANGESTORE {lexical} {lexical} {lex} {lex} BYLEX [ REV ] [ LIMIT {signed} {signed} ]",
    "ZREMRANGEBYLEX {lexical} {lex} {lex}",
};

// Streams' own clock is compared with nothing: ids are given, and idle times are none or an age.
inline constexpr const char* kStreamRules[] = {
    "XADD {stream} {newid} {field} {value} ( {field} {value} )*",
    "XADD {stream} {newid} {field} {value} ( {field} {value} )*",
    "XADD {stream} 50-* a {int} b {value}",
    "XADD {stream} 50-* a {int} b {value}",
    "XADD {stream} [ NOMKSTREAM ] MAXLEN [ = ] {count} {newid} a {int}",
    "XADD {stream} MINID [ = ] {id} [ NOMKSTREAM ] {newid} a {int}",
    "XADD {stream} [ MAXLEN ~ 1000000 ] [ LIMIT {count} ] {newid} a {int}",
    "XTRIM {stream} MAXLEN [ = ] {count}",
    "XTRIM {stream} MINID [ = ] {id}",
    "XTRIM {stream} MAXLEN ~ 1000000 [ LIMIT {count} ]",
    "XTRIM {stream} MINID [ ~ ] 1000000",
    "XLEN {stream}",
    "XRANGE {stream} {bound} {bound} [ COUNT {count} ]",
    "XRANGE|XREVRANGE {stream} {bound} {bound} [ COUNT {count} ]",
    "XRANGE|XREVRANGE {stream} -|+ +|-",
    "XDEL {stream} {id} ( {id} )*",
    "XDEL {stream} {id} ( {id} )*",
    // Behind all that may be deleted, which Redis 7.0 does not look at.
    "rare XSETID {stream} 52|60-3 [ ENTRIESADDED {count}0 ] [ MAXDELETEDID {id} ]",
    "XREAD [ COUNT {count} ] STREAMS {stream} {stream} {id} {id}",
    "XREAD STREAMS {stream} {id}",
    "rare XREAD BLOCK 1 STREAMS {stream} {stream} $ {id}",
    "XGROUP CREATE {stream} {group} {id} [ MKSTREAM ] [ ENTRIESREAD {count} ]",
    "XGROUP CREATE {stream} {group} 0|$ MKSTREAM",
    "XGROUP SETID {stream} {group} {bound} [ ENTRIESREAD {count} ]",
    "rare XGROUP DESTROY {stream} {group}",
    // Redis 7.0 makes a consumer only when XCLAIM finds something.
    "? XGROUP CREATECONSUMER {stream} {group} {consumer}",
    "XGROUP DELCONSUMER {stream} {group} {consumer}",
    "XREADGROUP GROUP {group} {consumer} [ COUNT {count} ] [ NOACK ] STREAMS {stream} >",
    "XREADGROUP GROUP {group} {consumer} COUNT {count} STREAMS {stream} >",
    "XREADGROUP GROUP {group} {consumer} [ COUNT {count} ] STREAMS {stream} {stream} > {id}",
    "rare XREADGROUP GROUP {group} {consumer} BLOCK 1 STREAMS {stream} {stream} > >",
    "XACK {stream} {group} {id} ( {id} )*",
    "XPENDING {stream} {group}",
    "XPENDING {stream} {group} {bound} {bound} {count} [ {consumer} ]",
    "XPENDING {stream} {group} IDLE 0|100000000 - + {count} [ {consumer} ]",
    ("XCLAIM {stream} {group} {consumer} 0|100000000 {id} ( {id} )* [ IDLE 0|1000000000 ] "
     "[ RETRYCOUNT {count} ] [ FORCE ] [ JUSTID ] [ LASTID {id} ]"),
    "XCLAIM {stream} {group} {consumer} 0|-1|x {id} [ TIME 1000 ] [ FORCE ]",
    "XAUTOCLAIM {stream} {group} {consumer} 0|100000000 {bound} [ COUNT {few} ] [ JUSTID ]",
    "XINFO STREAM {stream} [ FULL [ COUNT {count} ] ]",
    "XINFO GROUPS {stream}",
    "XINFO CONSUMERS {stream} {group}",
    "? XINFO|XGROUP HELP",
};

inline constexpr const char* kGeoRules[] = {
    "GEOADD {geo} {longitude} {latitude} {member} ( {longitude} {latitude} {member} )*",
    "GEOADD {geo} {longitude} {latitude} {member} ( {longitude} {latitude} {member} )*",
    "GEOADD {geo} [ NX|XX ] [ CH ] {longitude} {latitude} {member}",
    "GEOPOS|GEOHASH {geo} ( {member} )*",
    "GEODIST {geo} {member} {member} [ m|KM|ft|mi|x ]",
    "GEOSEARCH {geo} FROMLONLAT {longitude} {latitude} BYRADIUS {radius} m|km [ ASC|DESC ] [ COUNT "
    "{count} [ ANY ] ] [ WITHCOORD ] [ WITHDIST ] [ WITHHASH ]",
    "GEOSEARCH {geo} FROMLONLAT {longitude} {latitude} BYBOX {radius} {radius} m|km|mi [ ASC|DESC "
    "] [ COUNT {count} ] [ WITHCOORD ] [ WITHDIST ]",
    "GEOSEARCH {geo} FROMMEMBER {member} BYRADIUS {radius} km|ft [ ANY ] [ WITHHASH ]",
    "GEOSEARCH {geo} FROMMEMBER {member} BYBOX {radius} {radius} km [ ASC|DESC ] [ COUNT {count} ]",
    "GEOSEARCH {geo} [ FROMMEMBER {member} ] [ BYRADIUS {radius} m ] [ BYBOX {radius} {radius} m ] "
    "[ FROMLONLAT {longitude} {latitude} ]",
    "GEOSEARCHSTORE {geo} {geo} FROMLONLAT {longitude} {latitude} BYBOX {radius} {radius} km",
    "GEOSEARCHSTORE {geo} {geo} FROMMEMBER {member} BYRADIUS {radius} km [ COUNT {count} [ ANY ] ]",
    "GEOSEARCHSTORE {zset} {geo} FROMMEMBER {member} BYRADIUS {radius} km STOREDIST [ WITHDIST ]",
    "GEORADIUS|GEORADIUS_RO {geo} {longitude} {latitude} {radius} m|km [ WITHCOORD ] [ WITHDIST ] "
    "[ "
    "WITHHASH ] [ ASC|DESC ] [ COUNT {count} [ ANY ] ]",
    "GEORADIUS|GEORADIUS_RO {geo} {longitude} {latitude} {radius} m|km [ STORE {geo} ]",
    "GEORADIUS {geo} {longitude} {latitude} {radius} m|km|ft [ STOREDIST {zset} ] [ WITHDIST ]",
    "GEORADIUSBYMEMBER|GEORADIUSBYMEMBER_RO {geo} {member} {radius} m|km [ WITHCOORD ] [ WITHDIST "
    "] "
    "[ WITHHASH ] [ ASC|DESC ] [ COUNT {count} [ ANY ] ]",
    "GEORADIUSBYMEMBER {geo} {member} {radius} km|mi [ STORE {geo} ] [ STOREDIST {zset} ]",
};

// Where a set is in no order, or what is compared is equal, the order is chance: {line} is always a
// list, and {ranked} a sorted set. Nothing is stored by numbers, because Redis may find an error
// where an earlier command left one (differences.h).
inline constexpr const char* kSortRules[] = {
    "SORT|SORT_RO {list} [ ASC|DESC ] [ LIMIT {signed} {signed} ]",
    "SORT|SORT_RO {set} ALPHA [ ASC|DESC ] [ LIMIT {signed} {signed} ]",
    "SORT|SORT_RO {zset} [ ALPHA ] [ DESC ] [ LIMIT {signed} {signed} ]",
    "SORT {any} ALPHA [ DESC ] [ LIMIT {signed} {signed} ] STORE {list}",
    "RPUSH {line} {int} {int} ( {member} )*",
    "RPUSH {line} 0 3 1 2",
    "DEL {line}",
    "SORT|SORT_RO {line} BY nosort [ DESC ] [ LIMIT {signed} {signed} ] [ GET # ] [ GET string* ]",
    "SORT {line} BY string* [ DESC ] [ GET # ] [ GET string* ] [ LIMIT {signed} {signed} ]",
    "SORT {line} BY hash*->a ALPHA [ DESC ] [ GET *tring0 ]",
    "SORT {line} ALPHA GET string* [ GET # ] STORE {list}",
    "ZADD {ranked} {float} {member} ( {float} {member} )*",
    "ZREM {ranked} {member}",
    "SORT {ranked} BY nosort [ DESC ] [ LIMIT {signed} {signed} ] [ GET hash*->a GET # GET x ]",
    "SORT {ranked} BY hash*->a [ GET # ] [ GET hash*->b ]",
    "SORT {set} BY nosort [ DESC ] [ LIMIT {signed} {signed} ] STORE {list}",
    "SORT {set} BY hash*->{field} [ ASC ] [ LIMIT {signed} {signed} ]",
    "~ SORT {set} BY hash*->a ALPHA",
    "~ SORT {set} BY nosort",
};

inline constexpr const char* kKeyRules[] = {
    "DEL|UNLINK {any} ( {any} )*",
    "EXISTS|TOUCH {any} ( {any} )*",
    "TYPE {any}",
    "EXPIREAT {any} {later} [ NX|XX|GT|LT ]",
    "PEXPIREAT {any} {later}000 [ NX|XX|GT|LT ]",
    "EXPIRE {any} {int}000 NX|XX|GT|LT",
    "EXPIREAT {any} {int}",
    "EXPIRETIME {any}",
    "PERSIST {any}",
    "RENAME|RENAMENX {any} {any}",
    "COPY {any} {any} [ REPLACE ] [ DB {db} ]",
    "MOVE {any} {db}",
    "~ KEYS {pattern}",
    "scan SCAN 0 COUNT 10000 [ MATCH {pattern} ] [ TYPE string|hash|list|set|zset|stream|x ]",
    "DBSIZE",
    "? RANDOMKEY",
};

// How a value is held is not the same after every command that made it, and dumps are other bytes.
inline constexpr const char* kDumpRules[] = {
    "? OBJECT ENCODING|REFCOUNT|IDLETIME {any}",
    "OBJECT FREQ|NOSUCH {any}",
    "? DUMP {any}",
    "RESTORE {any} 0 {dump} [ REPLACE ] [ IDLETIME {int} ] [ FREQ {int} ]",
    "RESTORE {any} 0 {dump} REPLACE",
    "RESTORE {any} {later}000 {dump} ABSTTL [ REPLACE ]",
    "RESTORE {string} {int} {dump} ABSTTL REPLACE",
};

inline constexpr const char* kServerRules[] = {
    "PING [ {value} ]", "ECHO {value}",     "SELECT {db}",           "SELECT 0",
    "SELECT 0",         "SWAPDB {db} {db}", "NOSUCHCOMMAND {value}",
};

inline constexpr const char* kSessionRules[] = {
    "MULTI",
    "EXEC",
    "EXEC",
    "EXEC",
    "DISCARD",
    "WATCH {any} ( {any} )*",
    "UNWATCH",
    "rare RESET",
    "rare ? HELLO 2|3 [ SETNAME {member} ]",
    "HELLO 4|5|x",
    "? CLIENT ID|INFO|LIST",
    "CLIENT SETNAME {member}",
    "CLIENT GETNAME",
    "CLIENT NO-EVICT ON|OFF|{int}",
    "CLIENT KILL ID {int}",
    "CLIENT UNBLOCK {count}00000 [ TIMEOUT|ERROR|x ]",
    "CLIENT NOSUCH {value}",
    "CLIENT PAUSE 0|-1|x [ WRITE|ALL|x ]",
    "CLIENT UNPAUSE",
    "CLIENT CACHING YES|NO|x",
    "CLIENT GETREDIR",
    "CLIENT TRACKINGINFO",
    "ACL WHOAMI|USERS",
    "AUTH {value}",
    "AUTH default|x {value}",
    "rare SUBSCRIBE|PSUBSCRIBE {pattern}",
    "rare UNSUBSCRIBE|PUNSUBSCRIBE {pattern}",
};

inline constexpr std::span<const char* const> kFamilies[] = {
    kStringRules, kBitmapRules,    kHyperLogLogRules, kHashRules,   kListRules,
    kSetRules,    kSortedSetRules, kLexicalRules,     kStreamRules, kGeoRules,
    kSortRules,   kDumpRules,      kKeyRules,         kServerRules, kSessionRules};

}  // namespace interop

#endif  // KONTOR_TESTS_INTEROP_RULES_H_
