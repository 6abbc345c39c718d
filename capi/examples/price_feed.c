/* A price-feed server: a million users in one process, each of whom follows a few symbols. Upstream
 * is asked for those symbols that somebody follows, and only for those. `./price_feed 10000` does
 * the same with fewer users. */
#define _POSIX_C_SOURCE 200809L

#include <kontor/kontor.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SYMBOLS = 5000, POPULAR = 10, FOLLOWED = 3, LINGER_MS = 300, BATCH = 512, NAME = 32 };

static kontor_db* db;
static kontor_mailbox* gateway; /* what the users get; the tags are their numbers */
static kontor_mailbox* uplink;  /* which symbols are wanted, and which no more */
static uint64_t users;
static uint8_t* received;          /* quotes, by user */
static uint8_t asked_for[SYMBOLS]; /* upstream, at the moment */
static uint64_t ended_total;       /* calls upstream that end something */

static void expect(int holds, const char* what) {
  printf("%s: %s\n", holds ? "ok" : "WRONG", what);
  if (!holds) exit(1);
}

static void must(int32_t code, const char* what) {
  if (code != KONTOR_OK) expect(0, what);
}

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Every user follows one symbol that many follow, and two others. */
static uint32_t followed(uint64_t user, int which) {
  if (which == 0) return (uint32_t)(user % POPULAR);
  const uint64_t scattered = user * UINT64_C(0x9e3779b97f4a7c15) >> 32;
  return (uint32_t)(POPULAR + (scattered + (uint64_t)which) % (SYMBOLS - POPULAR));
}

static int follows(uint64_t user, uint32_t symbol) {
  for (int which = 0; which < FOLLOWED; which++) {
    if (followed(user, which) == symbol) return 1;
  }
  return 0;
}

static size_t channel_of(uint32_t symbol, char* name) {
  return (size_t)snprintf(name, NAME, "price.%u", symbol);
}

static void log_on(uint64_t user) {
  char name[NAME];
  for (int which = 0; which < FOLLOWED; which++) {
    const size_t length = channel_of(followed(user, which), name);
    must(kontor_mailbox_subscribe(gateway, KONTOR_CHANNEL, name, length, user, NULL),
         "a user follows a symbol");
  }
}

static void log_off(uint64_t user) {
  uint64_t ended = 0;
  must(kontor_mailbox_unsubscribe_tag(gateway, user, &ended, NULL), "a user logs off");
  if (ended != FOLLOWED) expect(0, "a user who logs off follows nothing any more");
}

static uint32_t symbol_of(const kontor_delivery* delivery) {
  const void* name = NULL;
  size_t length = 0;
  must(kontor_delivery_channel(delivery, &name, &length), "the channel of a delivery");
  char text[NAME] = {0};
  memcpy(text, name, length < NAME ? length : NAME - 1);
  return (uint32_t)strtoul(text + strlen("price."), NULL, 10);
}

/* Calls upstream for what is wanted first and no more, until nothing has changed for a while. A
 * real server would poll kontor_mailbox_descriptor. */
static void follow_interest(void) {
  kontor_delivery* event = NULL;
  while (kontor_mailbox_next(uplink, 3 * LINGER_MS, NULL, &event, NULL) == KONTOR_OK) {
    if (kontor_delivery_kind(event) == KONTOR_DELIVERY_GAP) {
      expect(0, "the mailbox of the uplink is large enough; else: watch again and begin anew");
    }
    const uint32_t symbol = symbol_of(event);
    const uint8_t wanted = kontor_delivery_kind(event) == KONTOR_DELIVERY_INTEREST_GAINED;
    if (asked_for[symbol] == wanted) expect(0, "upstream is called for what has changed");
    asked_for[symbol] = wanted;
    if (!wanted) ended_total++;
    kontor_delivery_free(event);
  }
}

static void publish_quotes(void) {
  const double begin = seconds();
  char name[NAME];
  uint64_t published = 0;
  for (uint32_t symbol = 0; symbol < SYMBOLS; symbol++) {
    if (!asked_for[symbol]) continue;
    const size_t length = channel_of(symbol, name);
    must(kontor_publish(db, name, length, "101.25", 6, NULL, NULL, NULL), "a quote is published");
    published++;
  }
  printf("%llu quotes published, %.1f us each\n", (unsigned long long)published,
         (seconds() - begin) * 1e6 / (double)published);
}

/* A real server would write to the socket of each user here. */
static uint64_t deliver(const kontor_delivery* quote) {
  const uint32_t symbol = symbol_of(quote);
  const uint64_t* tags = NULL;
  size_t count = 0;
  must(kontor_delivery_tags(quote, &tags, &count), "whom a quote is for");
  for (size_t i = 0; i < count; i++) {
    if (!follows(tags[i], symbol)) expect(0, "a quote goes to who follows its symbol");
    received[tags[i]]++;
  }
  return count;
}

static void deliver_quotes(void) {
  const double begin = seconds();
  kontor_deliveries* quotes = NULL;
  uint64_t delivered = 0;
  size_t count = 0;
  must(kontor_deliveries_new(&quotes, NULL), "room for deliveries");
  while (kontor_mailbox_next_many(gateway, 0, NULL, BATCH, quotes, &count, NULL) == KONTOR_OK) {
    for (size_t i = 0; i < count; i++) delivered += deliver(kontor_deliveries_at(quotes, i));
  }
  kontor_deliveries_free(quotes);
  printf("%llu quotes delivered to users, %.2f s\n", (unsigned long long)delivered,
         seconds() - begin);
}

/* One round of quotes: everybody who is logged on gets what they follow, nobody gets more. */
static void expect_quotes(uint64_t first_logged_off) {
  memset(received, 0, users);
  publish_quotes();
  deliver_quotes();
  for (uint64_t user = 0; user < users; user++) {
    if (received[user] != (user % POPULAR < first_logged_off ? FOLLOWED : 0)) {
      expect(0, "every user gets a quote of each symbol they follow");
    }
  }
  expect(1, "every user gets a quote of each symbol they follow");
}

static void open_server(void) {
  must(kontor_open(NULL, &db, NULL), "an engine in memory");
  kontor_mailbox_options* options = NULL;
  must(kontor_mailbox_new(db, 1 << 16, KONTOR_OVERFLOW_CONFLATE, &gateway, NULL), "the gateway");
  must(kontor_mailbox_options_new(&options, NULL), "options");
  must(kontor_mailbox_options_set_number(options, KONTOR_MAILBOX_INTEREST_LINGER_MS, LINGER_MS,
                                         NULL),
       "interest lingers");
  must(kontor_mailbox_open(db, options, &uplink, NULL), "the uplink");
  kontor_mailbox_options_free(options);
  must(kontor_mailbox_watch_interest(uplink, NULL), "the uplink watches");
}

/* All who follow one symbol log off, so that nobody does, and on again. */
static void change_their_minds(void) {
  for (uint64_t user = 0; user < users; user++) {
    if (follows(user, SYMBOLS - 1)) log_off(user);
  }
  for (uint64_t user = 0; user < users; user++) {
    if (follows(user, SYMBOLS - 1)) log_on(user);
  }
}

static uint64_t count_asked_for(void) {
  uint64_t count = 0;
  for (uint32_t symbol = 0; symbol < SYMBOLS; symbol++) count += asked_for[symbol];
  return count;
}

int main(int argc, char** argv) {
  users = argc > 1 ? strtoull(argv[1], NULL, 10) : 1000000;
  received = calloc(users, 1);
  expect(users >= SYMBOLS && received != NULL, "enough users for every symbol, and room for them");
  open_server();

  const double begin = seconds();
  for (uint64_t user = 0; user < users; user++) log_on(user);
  printf("%llu users log on, %.0f subscriptions a second\n", (unsigned long long)users,
         (double)(users * FOLLOWED) / (seconds() - begin));
  follow_interest();
  expect_quotes(POPULAR);

  change_their_minds();
  follow_interest();
  expect(ended_total == 0, "who comes back soon makes no call upstream");

  for (uint64_t user = 0; user < users; user++) {
    if (user % POPULAR >= POPULAR / 2) log_off(user);
  }
  follow_interest();
  expect(!asked_for[POPULAR - 1] && asked_for[0], "what nobody follows is ended upstream");
  expect_quotes(POPULAR / 2);

  for (uint64_t user = 0; user < users; user++) {
    if (user % POPULAR < POPULAR / 2) log_off(user);
  }
  follow_interest();
  expect(count_asked_for() == 0, "nothing is wanted when everybody has logged off");
  kontor_mailbox_free(uplink);
  kontor_mailbox_free(gateway);
  kontor_db_free(db);
  free(received);
  return 0;
}
