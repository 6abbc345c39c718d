// Keys, a queue, a mailbox and one commit over all three, with the C++ header.
#include <cstdio>
#include <cstdlib>
#include <kontor/kontor.hpp>
#include <string_view>

namespace {

using namespace std::chrono_literals;

void Expect(bool holds, const char* what) {
  std::printf("%s: %s\n", holds ? "ok" : "WRONG", what);
  if (!holds) std::exit(1);
}

void Keys(kontor::Database& db) {
  db.Set("city", "Bergen");
  Expect(db.Get("city") == "Bergen", "a string");
  Expect(!db.Get("town"), "a key that does not exist is an empty optional");
  Expect(db.Set("lock", "me", 10s, KONTOR_SET_IF_ABSENT), "the first one gets the lock");
  Expect(!db.Set("lock", "you", 10s, KONTOR_SET_IF_ABSENT), "the second does not");
  Expect(db.Increment("visits", 41) == 41 && db.Increment("visits") == 42, "a counter");
  const kontor::Reply reply = db.Execute({"LPUSH", "list", "a", "b", "c"});
  Expect(reply.integer() == 3, "any command of Redis");
  Expect(db.Execute({"LRANGE", "list", "0", "-1"})[2].bytes() == "a", "with its reply as a tree");
}

void Failures(kontor::Database& db) {
  try {
    db.Increment("city");
    Expect(false, "a city is not a number");
  } catch (const kontor::Error& error) {
    Expect(error.code() == KONTOR_NOT_A_NUMBER && !error.retryable(), error.what());
  }
}

void OneCommit(kontor::Database& db) {
  kontor::Queue jobs(db, "jobs");
  kontor::Mailbox mailbox(db);
  mailbox.Subscribe("done", /*tag=*/7);
  jobs.Enqueue("resize photo 1", /*priority=*/3);

  const auto job = jobs.Take(1s);
  Expect(job && job->body() == "resize photo 1" && job->priority() == 3, "a job");
  kontor::Transaction(db)
      .Acknowledge(jobs, *job)
      .HashSet("photos", "1", "small")
      .Increment("resized")
      .Publish("done", "photo 1")
      .Commit();

  Expect(db.HashGet("photos", "1") == "small" && db.Get("resized") == "1", "the result");
  const auto delivery = mailbox.Next(1s);
  Expect(delivery && delivery->body() == "photo 1", "the news");
  Expect(delivery->tags().size() == 1 && delivery->tags()[0] == 7, "for the user with tag 7");
  Expect(!jobs.Take(0ms) && jobs.Figures().leased == 0, "and the job is gone");
}

}  // namespace

int main() {
  kontor::Database db(kontor::Options().SetDirectory("quickstart-data"));
  Keys(db);
  Failures(db);
  OneCommit(db);
  db.Close();
  Expect(kontor::Database("quickstart-data").Get("visits") == "42", "still there after reopening");
}
