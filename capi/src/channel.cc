#include <algorithm>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "base/limits.h"
#include "handles.h"
#include "verbs/channels.h"

namespace {

using kontor::Code;
using kontor::JoinPoint;
using kontor::Ok;
using kontor::Status;
using kontor::capi::AsBytes;
using kontor::capi::CheckBytes;
using kontor::capi::Connection;
using kontor::capi::Enter;
using kontor::capi::Guarded;
using kontor::capi::Invalid;
using kontor::capi::Null;
using kontor::capi::Valid;

Status CheckChannel(const void* channel, size_t length) {
  return CheckBytes(channel, length, kontor::limits::kNameBytes, "the channel");
}

}  // namespace

int32_t kontor_channel_options_new(kontor_channel_options** options, kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    if (options == nullptr) return Null("options");
    *options = nullptr;
    *options = new kontor_channel_options;
    return Ok();
  });
}

void kontor_channel_options_free(kontor_channel_options* options) {
  if (Valid(options)) delete options;
}

int32_t kontor_channel_options_set_number(kontor_channel_options* options, uint32_t option,
                                          int64_t value, kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    if (!Valid(options)) return Invalid("the channel options");
    // The numbers of the C ABI are places in the table.
    const absl::Span<const kontor::RetentionOption> all = kontor::AllRetentionOptions();
    if (option == 0 || option > all.size()) {
      return Status(Code::kUnsupported, "channel option " + std::to_string(option) +
                                            " is unknown to version " + kontor_version_string());
    }
    kontor::RetentionOptions changed = options->options;
    changed.*all[option - 1].value = value;
    KONTOR_RETURN_IF_ERROR(kontor::Validate(changed));
    options->options = changed;
    return Ok();
  });
}

int32_t kontor_channel_declare(kontor_db* db, const void* channel, size_t channel_length,
                               const kontor_channel_options* options, kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    Connection* connection = nullptr;
    KONTOR_RETURN_IF_ERROR(Enter(db, &connection));
    KONTOR_RETURN_IF_ERROR(CheckChannel(channel, channel_length));
    if (options != nullptr && !Valid(options)) return Invalid("the channel options");
    return kontor::verbs::DeclareChannel(
        connection->core(), AsBytes(channel, channel_length),
        options == nullptr ? kontor::RetentionOptions() : options->options);
  });
}

int32_t kontor_channel_delete(kontor_db* db, const void* channel, size_t channel_length,
                              kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    Connection* connection = nullptr;
    KONTOR_RETURN_IF_ERROR(Enter(db, &connection));
    KONTOR_RETURN_IF_ERROR(CheckChannel(channel, channel_length));
    return kontor::verbs::DeleteChannel(connection->core(), AsBytes(channel, channel_length));
  });
}

int32_t kontor_mailbox_join(kontor_mailbox* mailbox, const void* channel, size_t channel_length,
                            uint64_t tag, uint32_t join, uint64_t value, kontor_error* error) {
  return Guarded(error, [&]() -> Status {
    Connection* connection = nullptr;
    KONTOR_RETURN_IF_ERROR(Enter(mailbox, &connection));
    KONTOR_RETURN_IF_ERROR(CheckChannel(channel, channel_length));
    if (join > KONTOR_JOIN_SEQUENCE) {
      return Status(Code::kInvalid,
                    "a channel is joined by KONTOR_JOIN_NOW, KONTOR_JOIN_LAST or "
                    "KONTOR_JOIN_SEQUENCE, not " +
                        std::to_string(join));
    }
    return kontor::verbs::JoinChannel(connection->core(), mailbox->mailbox,
                                      AsBytes(channel, channel_length), tag,
                                      {.from = static_cast<JoinPoint::From>(join), .value = value});
  });
}

int32_t kontor_channel_read(kontor_db* db, const void* channel, size_t channel_length,
                            uint64_t sequence, size_t maximum, kontor_deliveries* deliveries,
                            size_t* count, kontor_error* error) {
  if (count != nullptr) *count = 0;
  return Guarded(error, [&]() -> Status {
    if (!Valid(deliveries)) return Invalid("the deliveries");
    kontor::capi::Empty(deliveries);
    Connection* connection = nullptr;
    KONTOR_RETURN_IF_ERROR(Enter(db, &connection));
    KONTOR_RETURN_IF_ERROR(CheckChannel(channel, channel_length));
    KONTOR_RETURN_IF_ERROR(kontor::capi::MakeRoom(deliveries, maximum));
    deliveries->connection = db->connection;
    KONTOR_RETURN_IF_ERROR(
        kontor::verbs::ReadChannel(connection->core(), AsBytes(channel, channel_length), sequence,
                                   maximum, deliveries->deliveries.get(), &deliveries->count));
    if (count != nullptr) *count = deliveries->count;
    return Ok();
  });
}

int32_t kontor_channel_figures(kontor_db* db, const void* channel, size_t channel_length,
                               uint64_t* first_sequence, uint64_t* last_sequence, uint64_t* count,
                               uint64_t* bytes, kontor_error* error) {
  for (uint64_t* const out : {first_sequence, last_sequence, count, bytes}) {
    if (out != nullptr) *out = 0;
  }
  return Guarded(error, [&]() -> Status {
    Connection* connection = nullptr;
    KONTOR_RETURN_IF_ERROR(Enter(db, &connection));
    KONTOR_RETURN_IF_ERROR(CheckChannel(channel, channel_length));
    KONTOR_ASSIGN_OR_RETURN(
        const kontor::RetentionFigures figures,
        kontor::verbs::ChannelFigures(connection->core(), AsBytes(channel, channel_length)));
    if (first_sequence != nullptr) *first_sequence = figures.first_sequence;
    if (last_sequence != nullptr) *last_sequence = figures.last_sequence;
    if (count != nullptr) *count = figures.count;
    if (bytes != nullptr) *bytes = figures.bytes;
    return Ok();
  });
}

int32_t kontor_channel_tags(kontor_db* db, const void* channel, size_t channel_length,
                            uint64_t* tags, size_t capacity, size_t* count, kontor_error* error) {
  if (count != nullptr) *count = 0;
  return Guarded(error, [&]() -> Status {
    if (count == nullptr) return Null("count");
    if (tags == nullptr && capacity != 0) return Null("tags");
    Connection* connection = nullptr;
    KONTOR_RETURN_IF_ERROR(Enter(db, &connection));
    KONTOR_RETURN_IF_ERROR(CheckChannel(channel, channel_length));
    const std::vector<uint64_t> all =
        connection->core()->channels.TagsOf(AsBytes(channel, channel_length));
    std::copy_n(all.begin(), std::min(capacity, all.size()), tags);
    *count = all.size();
    return Ok();
  });
}
