#ifndef KONTOR_TESTS_WIRE_SERVED_ENGINE_H_
#define KONTOR_TESTS_WIRE_SERVED_ENGINE_H_

#include <gtest/gtest.h>
#include <kontor/wire.h>

#include <chrono>
#include <map>
#include <string>
#include <thread>

#include "wire/raw_client.h"

namespace wire_test {

inline constexpr const char* kSocketPath = "wire.sock";

struct Settings {
  std::map<uint32_t, int64_t> numbers = {};
  std::map<uint32_t, std::string> texts = {};
};

// Listens as told; the code, and the sentence if it failed.
inline int32_t Listen(kontor_db* db, const Settings& settings, kontor_wire_listener** listener,
                      std::string* sentence = nullptr) {
  kontor_error* const error = kontor_error_new();
  kontor_wire_options* options = nullptr;
  EXPECT_EQ(kontor_wire_options_new(&options, error), KONTOR_OK);
  for (const auto& [option, value] : settings.numbers) {
    EXPECT_EQ(kontor_wire_options_set_number(options, option, value, error), KONTOR_OK)
        << kontor_error_message(error);
  }
  for (const auto& [option, text] : settings.texts) {
    EXPECT_EQ(kontor_wire_options_set_text(options, option, text.data(), text.size(), error),
              KONTOR_OK)
        << kontor_error_message(error);
  }
  const int32_t code = kontor_wire_listen(db, options, listener, error);
  if (sentence != nullptr) *sentence = kontor_error_message(error);
  kontor_wire_options_free(options);
  kontor_error_free(error);
  return code;
}

// An engine in memory behind a TCP port and a Unix socket in the working directory.
class ServedEngine {
 public:
  explicit ServedEngine(Settings settings = {}) {
    EXPECT_EQ(kontor_open(nullptr, &db_, nullptr), KONTOR_OK);
    settings.numbers.emplace(KONTOR_WIRE_PORT, 0);
    settings.numbers.emplace(KONTOR_WIRE_THREADS, 2);
    settings.texts.emplace(KONTOR_WIRE_UNIX_PATH, kSocketPath);
    std::string sentence;
    EXPECT_EQ(Listen(db_, settings, &listener_, &sentence), KONTOR_OK) << sentence;
    EXPECT_EQ(kontor_wire_port(listener_, &port_, nullptr), KONTOR_OK);
  }
  ~ServedEngine() {
    kontor_wire_free(listener_);
    kontor_db_free(db_);
  }
  ServedEngine(const ServedEngine&) = delete;
  ServedEngine& operator=(const ServedEngine&) = delete;

  kontor_db* db() { return db_; }
  kontor_wire_listener* listener() { return listener_; }
  int port() const { return port_; }
  RawClient Tcp() const { return RawClient::ToPort(port_); }
  static RawClient Unix() { return RawClient::ToUnix(kSocketPath); }

  int64_t Figure(uint32_t figure) const {
    int64_t value = 0;
    EXPECT_EQ(kontor_wire_figure(listener_, figure, &value, nullptr), KONTOR_OK);
    return value;
  }

 private:
  kontor_db* db_ = nullptr;
  kontor_wire_listener* listener_ = nullptr;
  int32_t port_ = 0;
};

// Looks until it is true, ten seconds at most.
template <typename Condition>
bool Eventually(Condition condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

}  // namespace wire_test

#endif  // KONTOR_TESTS_WIRE_SERVED_ENGINE_H_
