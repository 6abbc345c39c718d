#ifndef KONTOR_SESSION_SUBSCRIPTIONS_H_
#define KONTOR_SESSION_SUBSCRIPTIONS_H_

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/status.h"
#include "broker/channel_index.h"
#include "broker/mailbox.h"
#include "session/readiness.h"
#include "session/resp_writer.h"

namespace kontor {

// The channels and patterns of one session, and the mailbox their messages come through. The
// mailbox is made with the first subscription; a session that does not read fast enough for it
// loses its subscriptions, and its connection, as in Redis. Not thread-safe.
class Subscriptions {
 public:
  // A message is written to `writer`, behind this word; more than `mailbox_bytes` of them unread
  // end it all. All must outlive this.
  Subscriptions(ChannelIndex* channels, Bytes message_word, RespWriter* writer,
                size_t mailbox_bytes)
      : channels_(channels),
        message_word_(message_word),
        writer_(writer),
        mailbox_bytes_(mailbox_bytes) {}
  ~Subscriptions();
  Subscriptions(const Subscriptions&) = delete;
  Subscriptions& operator=(const Subscriptions&) = delete;

  // Of channels and patterns together, as SUBSCRIBE answers it.
  size_t count() const { return names_[0].size() + names_[1].size(); }
  const std::set<std::string, std::less<>>& names(SubjectKind kind) const {
    return names_[static_cast<uint32_t>(kind)];
  }

  // Nothing happens if it is there already. kTooLarge, kFull, kClosed.
  Status Add(SubjectKind kind, Bytes subject);
  // Nothing happens if it is not there.
  void Remove(SubjectKind kind, Bytes subject);
  void RemoveAll();

  // Writes the messages that came, until the writer's mark exceeds `limit`. kClosed once the
  // mailbox is closed, by overflow or with the engine, and empty.
  Status Drain(size_t limit);

  // Of names and of messages that wait.
  size_t memory_bytes() const;

  // Makes this ready when a message comes; nothing to do before the first subscription. kIo.
  Status TellOf(Readiness* readiness);

 private:
  ChannelIndex* const channels_;
  const Bytes message_word_;
  RespWriter* const writer_;
  const size_t mailbox_bytes_;
  std::shared_ptr<Mailbox> mailbox_;
  bool told_of_ = false;
  std::set<std::string, std::less<>> names_[2];  // by SubjectKind
  size_t name_bytes_ = 0;
};

}  // namespace kontor

#endif  // KONTOR_SESSION_SUBSCRIPTIONS_H_
