#ifndef KONTOR_TESTS_CAPI_NO_MEMORY_COMMANDS_H_
#define KONTOR_TESTS_CAPI_NO_MEMORY_COMMANDS_H_

#include <string>
#include <vector>

namespace kontor::no_memory {

// Longer than what a std::string holds without an allocation.
inline const std::string kLong(100, 'x');
// A key longer than what a record keeps in itself.
inline const std::string kVeryLong(300, 'k');

// What DUMP of a Redis answered for a list of "a", 1, -5000, 70 times "b", and "c".
inline const std::string kListDump(
    "\x12\x02\x02\x10\x10\0\0\0\x03\0\x81\x61\x02\x01\x01\xf1\x78\xec\x03\xff\x02\xc3\x13\x40"
    "\x53\x08\x53\0\0\0\x02\0\xe0\x46\x62\xe0\x3c\0\x04\x48\x81\x63\x02\xff\x0a\0\xa8\xf3\xea"
    "\x77\x08\x89\xbf\x58",
    54);

// And of a stream of two entries, with a group that was delivered both.
inline const std::string kStreamDump(
    "\x13\x01\x10\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01\xc3\x36\x40\x4f"
    "\x11\x4f\x00\x00\x00\x13\x00\x02\x01\x00\x01\x02\x01\x81\x66\x02\x81\x67\x02\x40\x09\x00\x00"
    "\x20\x01\x01\x9e\x78\xe0\x14\x00\x03\x1f\x02\x01\x05\x20\x25\x08\x01\x01\xdf\xff\x02\x01\x01"
    "\x81\x68\x20\x04\x02\x06\x01\xff\x02\x02\x00\x01\x01\x00\x00\x02\x01\x01\x67\x02\x00\x02\x02"
    "\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01\x5b\xab\x31\x02\xa2\x01\x00"
    "\x00\x01\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x5b\xab\x31\x02\xa2"
    "\x01\x00\x00\x01\x01\x01\x63\x5b\xab\x31\x02\xa2\x01\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00"
    "\x01\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00"
    "\x00\x00\x0a\x00\xa8\x1c\x5c\x8a\x8f\x8b\xd5\x30",
    196);

// And of a hash of three fields, two of them with deadlines in the year 3871.
inline const std::string kHashDump(
    "\x19\x05\xc0\xaf\xd6\x91\x36\x00\x00\x2e\x2e\x00\x00\x00\x09\x00\x81\x6e\x02\x0a\x01\xf4\x00"
    "\xc0\xaf\xd6\x91\x36\x00\x00\x09\x81\x66\x02\x81\x76\x02\xf4\x05\xc0\xaf\xd6\x91\x36\x00\x00"
    "\x09\x81\x67\x02\x81\x77\x02\x00\x01\xff\x0c\x00\x4c\xdc\xc1\x60\xf5\xb2\xc8\xb7",
    66);

// Commands of every kind of change, on what SetKeys makes.
inline const std::vector<std::vector<std::string>> kCommands = {
    {"SET", "new", kLong},
    {"SET", "s", kLong + kLong, "PX", "100000"},
    {"SET", "h", kLong},
    {"MSET", "s", kLong, "new", kLong, "l", kLong},
    {"APPEND", "s", kLong},
    {"SETRANGE", "new", "5", kLong},
    {"SETRANGE", "b", "10", kLong},
    {"SETRANGE", "b", "6000", kLong},
    {"SETBIT", "s", "0", "1"},
    {"SETBIT", "b", "0", "1"},
    {"SETBIT", "b", "50000", "1"},
    {"SETBIT", "new", "20000", "1"},
    {"BITOP", "NOT", "new", "s"},
    {"BITOP", "NOT", "b", "b"},
    {"BITFIELD", "s", "SET", "u8", "0", "1", "INCRBY", "u16", "9000", "5"},
    {"BITFIELD", "b", "SET", "u8", "0", "1", "INCRBY", "u16", "90000", "5"},
    {"PFADD", "new", kLong, "b", "c"},
    {"PFMERGE", "new", "new2"},
    {"INCR", "new"},
    {"GETSET", "s", "x"},
    {"GETDEL", "s"},
    {"PEXPIRE", "l", "100000"},
    {"DEL", "s", "h", "l"},
    {"RENAME", "h", kLong},
    {"RENAME", "h", kVeryLong},
    {"RENAME", "s", "l"},
    {"COPY", "l", "s", "REPLACE"},
    {"MOVE", "s", "5"},
    {"HSET", "new", kLong, kLong},
    {"HSET", "h", kLong, kLong, "f", kLong},
    {"HDEL", "h", "f", "g"},
    {"HEXPIRE", "h", "100", "FIELDS", "2", "f", "g"},
    {"HPERSIST", "h", "FIELDS", "1", "g"},
    {"HSETEX", "new", "EX", "100", "FIELDS", "2", kLong, kLong, "f", kLong},
    {"HSETEX", "h", "PX", "100000", "FIELDS", "2", "f", kLong, "n", "2"},
    {"HGETEX", "h", "EX", "100", "FIELDS", "2", "f", "g"},
    {"HGETDEL", "h", "FIELDS", "2", "f", "g"},
    {"HINCRBY", "h", "n", "1"},
    {"RPUSH", "new", kLong, kLong},
    {"LPUSH", "l", kLong, kLong},
    {"LPOP", "l", "2"},
    {"RPOP", "l"},
    {"LREM", "l", "0", kLong},
    {"LTRIM", "l", "1", "1"},
    {"LINSERT", "l", "BEFORE", "a", kLong},
    {"LMOVE", "l", "new", "RIGHT", "LEFT"},
    {"BLPOP", "l", "1"},
    {"BLPOP", "new", "l", "1"},
    {"SADD", "new", kLong, "b"},
    {"SADD", "t", kLong, kVeryLong},
    {"SADD", "i", "3", "70000", "x"},
    {"SREM", "t", "a", kLong},
    {"SPOP", "t", "9"},
    {"SMOVE", "t", "new", kLong},
    {"SUNIONSTORE", "new", "t", "i"},
    {"SDIFFSTORE", "t", "i", "t"},
    {"ZADD", "new", "1", kLong, "-1.5", "x"},
    {"ZADD", "z", "9", "a", "0", kLong, "5", "new"},
    {"ZINCRBY", "z", "10", "a"},
    {"ZREM", "z", "a", "b"},
    {"ZPOPMIN", "z", "2"},
    {"ZPOPMAX", "z", "5"},
    {"ZREMRANGEBYSCORE", "z", "2", "3"},
    {"ZRANGESTORE", "new", "z", "0", "1"},
    {"ZRANGESTORE", "z", "z", "1", "1"},
    {"ZUNIONSTORE", "l", "2", "z", "z", "WEIGHTS", "2", "3"},
    {"ZDIFFSTORE", "new", "2", "z", "new"},
    {"GEOADD", "new", "13.4", "38.1", kLong, "15", "37.5", "x"},
    {"GEOADD", "z", "CH", "13.4", "38.1", "a"},
    {"GEOSEARCHSTORE", "new", "z", "FROMMEMBER", "a", "BYRADIUS", "1", "km"},
    {"GEORADIUSBYMEMBER", "z", "a", "1", "km", "STOREDIST", "z"},
    {"SORT", "l", "ALPHA", "STORE", "new"},
    {"SORT", "t", "BY", "nosort", "GET", "#", "GET", "*", "STORE", "t"},
    {"RESTORE", "new", "0", kListDump},
    {"RESTORE", "h", "100000", kListDump, "REPLACE"},
    {"RESTORE", "new", "0", kHashDump},
    {"RESTORE", "h", "100000", kHashDump, "REPLACE"},
    {"RESTORE", "new", "0", kStreamDump},
    {"RESTORE", "x", "100000", kStreamDump, "REPLACE"},
    {"BZMPOP", "1", "1", "z", "MAX", "COUNT", "2"},
    {"XADD", "new", "5-0", kLong, kLong},
    {"XADD", "x", "9-0", "f", kLong, kLong, "v"},
    {"XADD", "x", "MAXLEN", "1", "9-0", "f", kLong},
    {"XADD", "x", "MAXLEN", "1", "DELREF", "9-0", "f", kVeryLong},
    {"XTRIM", "x", "MINID", "2"},
    {"XTRIM", "x", "MAXLEN", "0"},
    {"XDEL", "x", "1-0", "2-0"},
    {"XDELEX", "x", "DELREF", "IDS", "2", "1-0", "2-0"},
    {"XSETID", "x", "50-0", "MAXDELETEDID", "40"},
    {"XGROUP", "CREATE", "new", kLong, "$", "MKSTREAM"},
    {"XGROUP", "CREATE", "x", kLong, "0"},
    {"XGROUP", "SETID", "x", "g", "0"},
    {"XGROUP", "DESTROY", "x", "g"},
    {"XGROUP", "CREATECONSUMER", "x", "g", kLong},
    {"XGROUP", "DELCONSUMER", "x", "g", "c"},
    {"XREADGROUP", "GROUP", "g", kLong, "STREAMS", "x", ">"},
    {"XREADGROUP", "GROUP", "g", kLong, "CLAIM", "0", "STREAMS", "x", ">"},
    {"XACK", "x", "g", "1-0"},
    {"XACKDEL", "x", "g", "IDS", "1", "1-0"},
    {"XCLAIM", "x", "g", kLong, "0", "1-0", "2-0", "FORCE"},
    {"XAUTOCLAIM", "x", "g", kLong, "0", "0"},
    {"COPY", "x", "new"},
    {"RENAME", "x", kVeryLong},
};

}  // namespace kontor::no_memory

#endif  // KONTOR_TESTS_CAPI_NO_MEMORY_COMMANDS_H_
