#ifndef KONTOR_TESTS_UNIT_DB_REOPENING_TEST_H_
#define KONTOR_TESTS_UNIT_DB_REOPENING_TEST_H_

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "db/engine.h"
#include "os/memory_file_system.h"
#include "verbs/queues.h"

namespace kontor {

using QueuePointer = std::shared_ptr<WorkQueue>;

// An engine that is closed and opened again, on a disk and by a clock of its own. The parameter:
// whether a snapshot is written at close.
class ReopeningTest : public ::testing::TestWithParam<bool> {
 protected:
  void Reopen() {
    if (engine_ != nullptr) {
      ASSERT_TRUE(engine_->Close().ok());
    }
    OpenOn(nullptr);
  }
  // Null: on the disk as it is.
  void OpenOn(std::unique_ptr<MemoryFileSystem> disk) {
    const Status opened = TryToOpenOn(std::move(disk));
    ASSERT_TRUE(opened.ok()) << opened.message();
    AfterOpening();
  }
  Status TryToOpenOn(std::unique_ptr<MemoryFileSystem> disk) {
    engine_.reset();
    if (disk != nullptr) other_disk_ = std::move(disk);
    EngineOptions options;
    options.directory = "/data";
    options.file_system = CurrentDisk();
    options.clock = &clock_;
    options.background = false;
    options.snapshot_at_close = GetParam();
    options.shards = 8;
    KONTOR_ASSIGN_OR_RETURN(engine_, Engine::Open(options));
    return Ok();
  }
  virtual void AfterOpening() {}

  MemoryFileSystem* CurrentDisk() { return other_disk_ == nullptr ? &disk_ : other_disk_.get(); }
  Core* core() { return engine_->core(); }
  QueuePointer Find(Bytes name) { return core()->queues.Find(name); }
  QueuePointer OpenQueue(Bytes name, const QueueOptions& options = {}) {
    auto opened = verbs::OpenQueue(core(), name, &options);
    EXPECT_TRUE(opened.ok()) << opened.status().message();
    return *std::move(opened);
  }
  std::vector<TakenMessage> TakeFrom(const QueuePointer& queue, size_t count = 1000) {
    const int64_t timeout_ms = 0;
    const WaitOptions wait{.timeout_ms = &timeout_ms};
    std::vector<TakenMessage> taken;
    const auto place = [&taken] { return &taken.emplace_back(); };
    size_t got = 0;
    const Status status = verbs::Take(core(), queue.get(), count, 0, wait, place, &got);
    EXPECT_TRUE(status.ok() || status.code() == Code::kTimeout) << status.message();
    taken.resize(got);
    return taken;
  }
  std::vector<std::string> TakeBodiesFrom(const QueuePointer& queue) {
    std::vector<std::string> bodies;
    for (const TakenMessage& message : TakeFrom(queue)) bodies.emplace_back(*message.body);
    return bodies;
  }

  MemoryFileSystem disk_;
  std::unique_ptr<MemoryFileSystem> other_disk_;  // in its place
  ManualClock clock_;
  std::unique_ptr<Engine> engine_;
};

}  // namespace kontor

#endif  // KONTOR_TESTS_UNIT_DB_REOPENING_TEST_H_
