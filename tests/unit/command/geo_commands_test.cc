#include <string>
#include <vector>

#include "unit/command/collection_fixture.h"

namespace kontor {
namespace {

// Every reply in these tables is that of redis-server 7.0.15, but scores are spelled as 7.2 does.
class GeoCommandsTest : public CollectionCommandTest {};

constexpr CommandCase kPositions[] = {
    {"GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania", ":2"},
    {"GEOADD g CH 13.361389 38.115556 Palermo 2.349014 48.864716 Paris", ":1"},
    {"GEOADD g XX CH 2.35 48.86 Paris 1 1 nobody", ":1"},
    {"GEOADD g NX 1 1 Paris", ":0"},
    {"GEOADD g nx xx 1 1 a", "-ERR syntax error"},
    {"GEOADD g NX CH CH", "-ERR syntax error"},
    {"GEOADD g 1 1", "-ERR wrong number of arguments for 'geoadd' command"},
    {"GEOADD g 1 1 a 2 2", "-ERR syntax error"},
    {"GEOADD g 181 1 a", "-ERR invalid longitude,latitude pair 181.000000,1.000000"},
    {"GEOADD g 1 1 a -180.000001 2 b", "-ERR invalid longitude,latitude pair -180.000001,2.000000"},
    {"GEOADD g 1 86 a", "-ERR invalid longitude,latitude pair 1.000000,86.000000"},
    {"GEOADD g 1 inf a", "-ERR invalid longitude,latitude pair 1.000000,inf"},
    {"GEOADD g x 1 a", "-ERR value is not a valid float"},
    {"GEOADD g 180 85.05112878 corner -180 -85.05112878 other", ":2"},
    {"ZRANGE g 0 -1 WITHSCORES",
     R"(["other" "0" "Palermo" "3479099956230698" "Catania" "3479447370796909" "Paris" "3663832801828718" "corner" "13510798882111488"])"},
    {"GEOPOS g Palermo no corner other",
     R"([["13.36138933897018433" "38.11555639549629859"] nil-array ["180" "85.0511287799999991"] ["-179.99999731779098511" "-85.05112751263942528"]])"},
    {"GEOPOS g", "[]"},
    {"GEOPOS no a b", "[nil-array nil-array]"},
    {"GEOHASH g Palermo no corner other", R"(["sqc8b49rny0" nil "bp05b5048p0" "00bh0hbj200"])"},
    {"GEOHASH no a", "[nil]"},
    {"GEODIST g Palermo Catania", R"("166274.1516")"},
    {"GEODIST g Palermo Catania KM", R"("166.2742")"},
    {"GEODIST g Palermo Catania ft", R"("545518.8700")"},
    {"GEODIST g Palermo Catania mi", R"("103.3182")"},
    {"GEODIST g Palermo Palermo", R"("0.0000")"},
    {"GEODIST g Palermo no", "nil"},
    {"GEODIST g Palermo Catania x", "-ERR unsupported unit provided. please use M, KM, FT, MI"},
    {"GEODIST no a b", "nil"},
    {"GEODIST g a b km km", "-ERR syntax error"},
    {"SET string x", "+OK"},
    {"GEOADD string 1 1 a", "-WRONGTYPE Operation against a key holding the wrong kind of value"},
    {"GEOADD string 181 1 a", "-ERR invalid longitude,latitude pair 181.000000,1.000000"},
    {"GEODIST string a b", "-WRONGTYPE Operation against a key holding the wrong kind of value"},
    {"GEODIST string a b x", "-ERR unsupported unit provided. please use M, KM, FT, MI"},
    {"GEOPOS string a", "-WRONGTYPE Operation against a key holding the wrong kind of value"},
    {"GEOHASH string a", "-WRONGTYPE Operation against a key holding the wrong kind of value"},
    {"GEORADIUS string 181 1 1 km",
     "-WRONGTYPE Operation against a key holding the wrong kind of value"},
    {"GEORADIUSBYMEMBER string a x km",
     "-WRONGTYPE Operation against a key holding the wrong kind of value"},
    {"GEOSEARCH string x x x x x",
     "-WRONGTYPE Operation against a key holding the wrong kind of value"},
};

TEST_F(GeoCommandsTest, Positions) { RunAll(kPositions); }

constexpr CommandCase kSearches[] = {
    {"GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania 2.349014 48.864716 Paris "
     "-179.9999 10 west 179.9999 10 east",
     ":5"},
    {"GEORADIUS g 15 37 200 km WITHDIST WITHHASH WITHCOORD ASC",
     R"([["Catania" "56.4413" :3479447370796909 ["15.08726745843887329" "37.50266842333162032"]] ["Palermo" "190.4424" :3479099956230698 ["13.36138933897018433" "38.11555639549629859"]]])"},
    {"GEORADIUS g 15 37 200 km withcoord",
     R"([["Palermo" ["13.36138933897018433" "38.11555639549629859"]] ["Catania" ["15.08726745843887329" "37.50266842333162032"]]])"},
    {"GEORADIUS g 15 37 200 km", R"(["Palermo" "Catania"])"},
    {"GEORADIUS g 15 37 2000 km DESC", R"(["Paris" "Palermo" "Catania"])"},
    {"GEORADIUS g 15 37 200 km COUNT 1", R"(["Catania"])"},
    {"GEORADIUS g 15 37 2000 km COUNT 1 ANY", R"(["Palermo"])"},
    {"GEORADIUS g 15 37 200 km COUNT 1 DESC WITHDIST", R"([["Palermo" "190.4424"]])"},
    {"GEORADIUS g 15 37 200 km ANY", "-ERR the ANY argument requires COUNT argument"},
    {"GEORADIUS g 15 37 200 km COUNT 0", "-ERR COUNT must be > 0"},
    {"GEORADIUS g 15 37 200 km COUNT", "-ERR syntax error"},
    {"GEORADIUS g 15 37 200 km COUNT x", "-ERR value is not an integer or out of range"},
    {"GEORADIUS g 15 37 x km", "-ERR need numeric radius"},
    {"GEORADIUS g 15 37 -1 km", "-ERR radius cannot be negative"},
    {"GEORADIUS g 15 37 1 parsec", "-ERR unsupported unit provided. please use M, KM, FT, MI"},
    {"GEORADIUS g 15 91 1 km", "-ERR invalid longitude,latitude pair 15.000000,91.000000"},
    {"GEORADIUS no 15 37 200 km", "[]"},
    {"GEORADIUS g 15 37 200 km STORE h WITHDIST",
     "-ERR STORE option in GEORADIUS is not compatible with WITHDIST, WITHHASH and WITHCOORD "
     "options"},
    {"GEORADIUS g 15 37 200 km STORE", "-ERR syntax error"},
    {"GEORADIUS g 15 37 200 km STORE h", ":2"},
    {"ZRANGE h 0 -1 WITHSCORES", R"(["Palermo" "3479099956230698" "Catania" "3479447370796909"])"},
    {"GEORADIUS g 15 37 200 km STORE h STOREDIST d", ":2"},
    {"ZRANGE d 0 -1 WITHSCORES",
     R"(["Catania" "56.4412578701582" "Palermo" "190.44242984775784"])"},
    {"GEORADIUS_RO g 15 37 200 km STORE h", "-ERR syntax error"},
    {"GEORADIUS_RO g 15 37 200 km", R"(["Palermo" "Catania"])"},
    {"GEORADIUSBYMEMBER g Palermo 200 km DESC", R"(["Catania" "Palermo"])"},
    {"GEORADIUSBYMEMBER g Palermo 200 km STORE STORE", ":2"},
    {"ZCARD STORE", ":2"},
    {"GEORADIUSBYMEMBER g no 200 km", "-ERR could not decode requested zset member"},
    {"GEORADIUSBYMEMBER no a x y", "[]"},
    {"GEORADIUSBYMEMBER no a x y STORE h", ":0"},
    {"EXISTS h", ":0"},
    {"GEORADIUSBYMEMBER_RO g Palermo 200 km STORE h", "-ERR syntax error"},
    {"GEORADIUSBYMEMBER_RO g east 100 km", R"(["east" "west"])"},
    {"GEOSEARCH g FROMMEMBER Palermo BYBOX 400 400 km ASC WITHDIST",
     R"([["Palermo" "0.0000"] ["Catania" "166.2742"]])"},
    {"GEOSEARCH g FROMMEMBER Palermo BYBOX 400 100 km ASC", R"(["Palermo"])"},
    {"GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 200 km ASC WITHDIST WITHHASH WITHCOORD",
     R"([["Catania" "56.4413" :3479447370796909 ["15.08726745843887329" "37.50266842333162032"]] ["Palermo" "190.4424" :3479099956230698 ["13.36138933897018433" "38.11555639549629859"]]])"},
    {"GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 20000 km DESC",
     R"(["west" "east" "Paris" "Palermo" "Catania"])"},
    {"GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 200 km ANY",
     "-ERR the ANY argument requires COUNT argument"},
    {"GEOSEARCH g FROMMEMBER Palermo ASC DESC ASC DESC",
     "-ERR exactly one of BYRADIUS and BYBOX can be specified for GEOSEARCH"},
    {"GEOSEARCH g BYRADIUS 1 km ASC DESC",
     "-ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for GEOSEARCH"},
    {"geosearch g ASC DESC ASC DESC ASC",
     "-ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for geosearch"},
    {"GEOSEARCH g FROMMEMBER Palermo FROMLONLAT 1 1 BYRADIUS 1 km", "-ERR syntax error"},
    {"GEOSEARCH g FROMLONLAT 1 1 BYRADIUS 1 km BYBOX 1 1 km", "-ERR syntax error"},
    {"GEOSEARCH g FROMLONLAT 1 1 BYRADIUS -1 km", "-ERR radius cannot be negative"},
    {"GEOSEARCH g FROMLONLAT 1 1 BYRADIUS x km", "-ERR need numeric radius"},
    {"GEOSEARCH g FROMLONLAT 1 1 BYBOX -1 1 km", "-ERR height or width cannot be negative"},
    {"GEOSEARCH g FROMLONLAT 1 1 BYBOX x 1 km", "-ERR need numeric width"},
    {"GEOSEARCH g FROMLONLAT 1 1 BYBOX 1 x km", "-ERR need numeric height"},
    {"GEOSEARCH g FROMLONLAT 1 1 BYBOX 1 1 x",
     "-ERR unsupported unit provided. please use M, KM, FT, MI"},
    {"GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 200 km STOREDIST", "-ERR syntax error"},
    {"GEOSEARCH g FROMMEMBER no BYRADIUS 200 km", "-ERR could not decode requested zset member"},
    {"GEOSEARCH no FROMMEMBER no BYRADIUS 200 km", "[]"},
    {"GEOSEARCHSTORE s g FROMLONLAT 15 37 BYRADIUS 200 km STOREDIST", ":2"},
    {"ZRANGE s 0 -1 WITHSCORES",
     R"(["Catania" "56.4412578701582" "Palermo" "190.44242984775784"])"},
    {"GEOSEARCHSTORE s g FROMLONLAT 15 37 BYRADIUS 200 km COUNT 1", ":1"},
    {"ZRANGE s 0 -1 WITHSCORES", R"(["Catania" "3479447370796909"])"},
    {"GEOSEARCHSTORE s g FROMLONLAT 15 37 BYRADIUS 200 km WITHDIST",
     "-ERR GEOSEARCHSTORE is not compatible with WITHDIST, WITHHASH and WITHCOORD options"},
    {"GEOSEARCHSTORE s g FROMLONLAT 15 37 BYRADIUS 1 m", ":0"},
    {"EXISTS s", ":0"},
    {"GEOSEARCHSTORE g g FROMMEMBER Paris BYRADIUS 1 m", ":1"},
    {"ZCARD g", ":1"},
};

TEST_F(GeoCommandsTest, Searches) { RunAll(kSearches); }

// A search that stores nothing needs no memory, and no lock but that of its key.
TEST_F(GeoCommandsTest, ASearchThatStoresNothingIsARead) {
  const auto access = [](const std::vector<Bytes>& arguments) {
    return AccessOf(*FindCommand(arguments[0]), arguments);
  };
  const auto keys = [](const std::vector<Bytes>& arguments) {
    return KeysOf(*FindCommand(arguments[0]), arguments);
  };
  const std::vector<Bytes> reads = {"GEORADIUS", "g", "1", "1", "1", "km", "ASC"};
  EXPECT_EQ(access(reads), Access::kRead);
  EXPECT_EQ(keys(reads), std::vector<Bytes>({"g"}));
  const std::vector<Bytes> stores = {"GEORADIUS", "g", "1", "1", "1", "km", "storedist", "d"};
  EXPECT_EQ(access(stores), Access::kWrite);
  EXPECT_EQ(keys(stores), std::vector<Bytes>({"g", "d"}));
  const std::vector<Bytes> by_member = {"GEORADIUSBYMEMBER", "g", "m", "1", "km", "STORE", "STORE"};
  EXPECT_EQ(keys(by_member), std::vector<Bytes>({"g", "STORE"}));
}

}  // namespace
}  // namespace kontor
