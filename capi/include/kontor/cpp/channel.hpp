// Part of kontor.hpp: channels that keep messages.
#ifndef KONTOR_CPP_CHANNEL_HPP_
#define KONTOR_CPP_CHANNEL_HPP_

#include <kontor/cpp/mailbox.hpp>
#include <string>

namespace kontor {
inline namespace api {

// kontor_channel_options.
class ChannelOptions {
 public:
  ChannelOptions() {
    kontor_channel_options* options = nullptr;
    detail::Check(kontor_channel_options_new(&options, detail::ErrorSlot()));
    handle_.reset(options);
  }
  ChannelOptions& SetDurable(bool on) { return Set(KONTOR_CHANNEL_DURABLE, on ? 1 : 0); }
  ChannelOptions& SetLastCount(int64_t messages) {
    return Set(KONTOR_CHANNEL_LAST_COUNT, messages);
  }
  ChannelOptions& SetLast(milliseconds age) { return Set(KONTOR_CHANNEL_LAST_MS, age.count()); }
  ChannelOptions& SetMaxBytes(int64_t bytes) { return Set(KONTOR_CHANNEL_MAX_BYTES, bytes); }
  const kontor_channel_options* handle() const { return handle_.get(); }

 private:
  ChannelOptions& Set(uint32_t option, int64_t value) {
    detail::Check(
        kontor_channel_options_set_number(handle_.get(), option, value, detail::ErrorSlot()));
    return *this;
  }
  detail::Owned<kontor_channel_options, kontor_channel_options_free> handle_;
};

// A channel by its name, declared to keep messages. It refers to the database, which must outlive
// it.
class RetainedChannel {
 public:
  struct Figures {
    uint64_t first_sequence = 0;
    uint64_t last_sequence = 0;
    uint64_t count = 0;
    uint64_t bytes = 0;
  };

  RetainedChannel(const Database& db, std::string_view name,
                  const ChannelOptions& options = ChannelOptions())
      : db_(db.handle()), name_(name) {
    detail::Check(kontor_channel_declare(db_, name_.data(), name_.size(), options.handle(),
                                         detail::ErrorSlot()));
  }

  const std::string& name() const { return name_; }
  // Up to `maximum` that are kept, from a sequence on; a gap first if some are kept no more.
  void Read(uint64_t sequence, size_t maximum, Deliveries* deliveries) const {
    const int32_t code = detail::Check(
        kontor_channel_read(db_, name_.data(), name_.size(), sequence, maximum,
                            deliveries->handle_.get(), &deliveries->size_, detail::ErrorSlot()));
    detail::MustBeFound(code);
  }
  Figures figures() const {
    Figures figures;
    detail::MustBeFound(detail::Check(kontor_channel_figures(
        db_, name_.data(), name_.size(), &figures.first_sequence, &figures.last_sequence,
        &figures.count, &figures.bytes, detail::ErrorSlot())));
    return figures;
  }
  // It keeps nothing any more; false if it did not.
  bool Delete() {
    return detail::Check(kontor_channel_delete(db_, name_.data(), name_.size(),
                                               detail::ErrorSlot())) == KONTOR_OK;
  }

 private:
  kontor_db* db_;
  std::string name_;
};

}  // namespace api
}  // namespace kontor

#endif  // KONTOR_CPP_CHANNEL_HPP_
