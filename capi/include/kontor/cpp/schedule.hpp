// Part of kontor.hpp: schedules of work queues.
#ifndef KONTOR_CPP_SCHEDULE_HPP_
#define KONTOR_CPP_SCHEDULE_HPP_

#include <kontor/cpp/queue.hpp>
#include <string_view>

namespace kontor {
inline namespace api {

// A message that is put into a queue again and again. Set calls can be chained.
class Schedule {
 public:
  // By a cron expression, read by the clock of a zone of the system's zone database
  // ("Europe/Berlin").
  static Schedule Cron(std::string_view expression, std::string_view time_zone = "UTC") {
    Schedule schedule;
    schedule.SetBytes(KONTOR_SCHEDULE_CRON, expression);
    schedule.SetBytes(KONTOR_SCHEDULE_TIME_ZONE, time_zone);
    return schedule;
  }
  // In an interval.
  static Schedule Every(milliseconds interval) {
    Schedule schedule;
    schedule.SetNumber(KONTOR_SCHEDULE_EVERY_MS, interval.count());
    return schedule;
  }

  // Of an interval; one interval after it is set without it.
  Schedule& SetFirst(Time time) {
    return SetNumber(KONTOR_SCHEDULE_FIRST_UNIX_MS, time.time_since_epoch().count());
  }
  // Whether each run that nobody looked for in time has its message, or one stands for all of them.
  Schedule& SetEachMissed(bool each) { return SetNumber(KONTOR_SCHEDULE_MISSED, each ? 1 : 0); }
  Schedule& SetPriority(uint32_t priority) { return SetNumber(KONTOR_SCHEDULE_PRIORITY, priority); }
  Schedule& SetGroup(std::string_view key) { return SetBytes(KONTOR_SCHEDULE_GROUP, key); }
  Schedule& SetBody(std::string_view body) { return SetBytes(KONTOR_SCHEDULE_BODY, body); }

  // Under a name, in the place of another one of that name; the same one goes on as it was.
  void Set(const Queue& queue, std::string_view name) const {
    detail::Check(kontor_queue_schedule(queue.handle(), name.data(), name.size(), handle_.get(),
                                        detail::ErrorSlot()));
  }
  // Whether there was one of this name.
  static bool Delete(const Queue& queue, std::string_view name) {
    return detail::Check(kontor_queue_unschedule(queue.handle(), name.data(), name.size(),
                                                 detail::ErrorSlot())) == KONTOR_OK;
  }
  // When the one of this name runs next; nullopt if there is none.
  static std::optional<Time> NextRun(const Queue& queue, std::string_view name) {
    int64_t next_unix_ms = 0;
    if (detail::Check(kontor_queue_next_run(queue.handle(), name.data(), name.size(), &next_unix_ms,
                                            detail::ErrorSlot())) != KONTOR_OK) {
      return std::nullopt;
    }
    return Time(milliseconds(next_unix_ms));
  }

 private:
  Schedule() {
    kontor_schedule_options* options = nullptr;
    detail::Check(kontor_schedule_options_new(&options, detail::ErrorSlot()));
    handle_.reset(options);
  }
  Schedule& SetNumber(uint32_t option, int64_t value) {
    detail::Check(
        kontor_schedule_options_set_number(handle_.get(), option, value, detail::ErrorSlot()));
    return *this;
  }
  Schedule& SetBytes(uint32_t option, std::string_view bytes) {
    detail::Check(kontor_schedule_options_set_bytes(handle_.get(), option, bytes.data(),
                                                    bytes.size(), detail::ErrorSlot()));
    return *this;
  }
  detail::Owned<kontor_schedule_options, kontor_schedule_options_free> handle_;
};

}  // namespace api
}  // namespace kontor

#endif  // KONTOR_CPP_SCHEDULE_HPP_
