#ifndef KONTOR_TESTS_UNIT_BROKER_MAILBOX_FIXTURE_H_
#define KONTOR_TESTS_UNIT_BROKER_MAILBOX_FIXTURE_H_

#include <poll.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "broker/channel_index.h"
#include "gtest/gtest.h"

namespace kontor {

// An index and what its mailboxes say, in one line per delivery.
class PubSubTest : public testing::Test {
 protected:
  static std::shared_ptr<Mailbox> Make(const MailboxOptions& options = {}) {
    return std::make_shared<Mailbox>(options);
  }
  void Subscribe(const std::shared_ptr<Mailbox>& mailbox, Bytes channel, uint64_t tag = 0) {
    const Status status = index_.Subscribe(mailbox, SubjectKind::kChannel, channel, tag);
    ASSERT_TRUE(status.ok()) << status.message();
  }
  void PatternSubscribe(const std::shared_ptr<Mailbox>& mailbox, Bytes pattern, uint64_t tag = 0) {
    const Status status = index_.Subscribe(mailbox, SubjectKind::kPattern, pattern, tag);
    ASSERT_TRUE(status.ok()) << status.message();
  }
  void TokensSubscribe(const std::shared_ptr<Mailbox>& mailbox, Bytes pattern, uint64_t tag = 0) {
    const Status status = index_.Subscribe(mailbox, SubjectKind::kTokens, pattern, tag);
    ASSERT_TRUE(status.ok()) << status.message();
  }
  void Unsubscribe(const std::shared_ptr<Mailbox>& mailbox, Bytes channel, uint64_t tag = 0) {
    const Status status = index_.Unsubscribe(mailbox, SubjectKind::kChannel, channel, tag);
    ASSERT_TRUE(status.ok()) << status.message();
  }

  static std::string Describe(Delivery delivery) {
    std::sort(delivery.tags.begin(), delivery.tags.end());
    const std::string tags = absl::StrCat("[", absl::StrJoin(delivery.tags, " "), "]");
    const char* const kinds[] = {"", " (pattern)", " (tokens)"};
    const char* const pattern = kinds[static_cast<uint32_t>(delivery.subject_kind)];
    std::string message;
    if (!(delivery.publication == nullptr)) {
      message = std::string(delivery.publication->channel) + "=" +
                std::string(delivery.publication->body) + tags;
      if (delivery.lost != 0) message += absl::StrCat(" for ", delivery.lost, " more");
    }
    switch (delivery.kind) {
      case DeliveryKind::kMessage:
        return message;
      case DeliveryKind::kPatternMessage:
        return absl::StrCat(delivery.subject, ":", message);
      case DeliveryKind::kGap:
        return absl::StrCat("gap ", delivery.lost);
      case DeliveryKind::kInterestGained:
        return absl::StrCat("+", delivery.subject, pattern);
      case DeliveryKind::kInterestLost:
        return absl::StrCat("-", delivery.subject, pattern);
      case DeliveryKind::kPresent:
        return absl::StrCat(delivery.subject, " has ", tags);
      case DeliveryKind::kJoined:
        return absl::StrCat(tags, " into ", delivery.subject);
      case DeliveryKind::kLeft:
        return absl::StrCat(tags, " out of ", delivery.subject);
    }
    return "?";
  }
  // All that can be read now; the last line is the code that ended it unless that was kTimeout.
  static std::vector<std::string> Drain(const std::shared_ptr<Mailbox>& mailbox) {
    std::vector<std::string> lines;
    Delivery delivery;  // the same one each time, as a reader would
    while (true) {
      const Status status = mailbox->Next(0, nullptr, &delivery);
      if (status.ok()) {
        lines.push_back(Describe(delivery));
        continue;
      }
      if (status.code() != Code::kTimeout) lines.emplace_back(CodeName(status.code()));
      return lines;
    }
  }
  static bool Readable(int descriptor) {
    pollfd polled{.fd = descriptor, .events = POLLIN, .revents = 0};
    return poll(&polled, 1, 0) == 1;
  }

  ChannelIndex index_;
};

}  // namespace kontor

#endif  // KONTOR_TESTS_UNIT_BROKER_MAILBOX_FIXTURE_H_
