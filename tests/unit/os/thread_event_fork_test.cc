#include <gtest/gtest.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <utility>

#include "os/event_descriptor.h"
#include "os/fork_guard.h"
#include "os/thread.h"

namespace kontor {
namespace {

bool Readable(const EventDescriptor& event) {
  pollfd entry{.fd = event.descriptor(), .events = POLLIN, .revents = 0};
  return poll(&entry, 1, 0) == 1;
}

TEST(EventDescriptorTest, ReadableFromSignalUntilClear) {
  auto event = EventDescriptor::Create();
  ASSERT_TRUE(event.ok());
  EXPECT_FALSE(Readable(*event));
  event->Signal();
  event->Signal();
  EXPECT_TRUE(Readable(*event));
  event->Clear();
  EXPECT_FALSE(Readable(*event));
  event->Clear();
  event->Signal();
  EXPECT_TRUE(Readable(*event));
}

TEST(EventDescriptorTest, MovesWithItsDescriptor) {
  auto made = EventDescriptor::Create();
  const int descriptor = made->descriptor();
  EventDescriptor event = *std::move(made);
  EXPECT_EQ(event.descriptor(), descriptor);
  auto other = EventDescriptor::Create();
  other->Signal();
  event = *std::move(other);
  EXPECT_TRUE(Readable(event));
}

TEST(ForkGuardTest, OnlyAForkedChildIsToldSo) {
  const ForkGuard guard;
  EXPECT_FALSE(guard.InForkedChild());
  const pid_t child = fork();
  if (child == 0) {
    const ForkGuard own;
    _exit(guard.InForkedChild() && !own.InForkedChild() ? 0 : 1);
  }
  int state = 0;
  ASSERT_EQ(waitpid(child, &state, 0), child);
  EXPECT_TRUE(WIFEXITED(state) && WEXITSTATUS(state) == 0);
  EXPECT_FALSE(guard.InForkedChild());
}

TEST(ThreadTest, RunsNamedAndDeafToSignals) {
  std::string name;
  bool all_blocked = true;
  Thread thread;
  ASSERT_TRUE(thread
                  .Start("expiry-and-more",
                         [&] {
                           char text[16] = {};
                           pthread_getname_np(pthread_self(), text, sizeof(text));
                           name = text;
                           sigset_t mask;
                           pthread_sigmask(SIG_SETMASK, nullptr, &mask);
                           for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGCHLD}) {
                             all_blocked = all_blocked && sigismember(&mask, number) == 1;
                           }
                         })
                  .ok());
  thread.Join();
  EXPECT_EQ(name, "kontor-expiry-a");
  EXPECT_TRUE(all_blocked);
  sigset_t mask;
  pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  EXPECT_EQ(sigismember(&mask, SIGINT), 0);
}

TEST(ThreadTest, TheDestructorJoinsAndAThreadMayStartAgain) {
  std::atomic<int> runs{0};
  {
    Thread thread;
    ASSERT_TRUE(thread.Start("a", [&runs] { ++runs; }).ok());
    thread.Join();
    ASSERT_TRUE(thread
                    .Start("b",
                           [&runs] {
                             usleep(20'000);
                             ++runs;
                           })
                    .ok());
  }
  EXPECT_EQ(runs, 2);
}

}  // namespace
}  // namespace kontor
