// Embedded stores with files, as peers: without syncing, so that what is measured is their way to
// the data and not the disk.

#include "versus/stores.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

#ifdef KONTOR_BENCH_LMDB
#include <lmdb.h>
#endif
#ifdef KONTOR_BENCH_ROCKSDB
#include <rocksdb/db.h>
#endif

#include "temporary_folder.h"

namespace bench {
namespace {

#ifdef KONTOR_BENCH_LMDB
void CheckLmdb(int code) {
  if (code == MDB_SUCCESS) return;
  std::fprintf(stderr, "versus: LMDB answered %s\n", mdb_strerror(code));
  std::exit(1);
}

// A thread's read transaction, renewed for each get, as LMDB's documentation advises.
class LmdbReader {
 public:
  ~LmdbReader() {
    if (transaction_ != nullptr) mdb_txn_abort(transaction_);
  }
  MDB_txn* Renew(MDB_env* environment) {
    if (environment_ == environment) {
      CheckLmdb(mdb_txn_renew(transaction_));
    } else {
      if (transaction_ != nullptr) mdb_txn_abort(transaction_);
      CheckLmdb(mdb_txn_begin(environment, nullptr, MDB_RDONLY, &transaction_));
      environment_ = environment;
    }
    return transaction_;
  }

 private:
  MDB_env* environment_ = nullptr;
  MDB_txn* transaction_ = nullptr;
};

MDB_val ToLmdb(std::string_view bytes) { return {bytes.size(), const_cast<char*>(bytes.data())}; }

class LmdbPeer final : public Peer {
 public:
  LmdbPeer() {
    constexpr size_t kMapBytes = size_t{16} << 30;
    CheckLmdb(mdb_env_create(&environment_));
    CheckLmdb(mdb_env_set_mapsize(environment_, kMapBytes));
    CheckLmdb(mdb_env_open(environment_, folder_.path().c_str(),
                           MDB_NOSYNC | MDB_NOMETASYNC | MDB_WRITEMAP | MDB_NOTLS, 0600));
    MDB_txn* transaction = nullptr;
    CheckLmdb(mdb_txn_begin(environment_, nullptr, 0, &transaction));
    CheckLmdb(mdb_dbi_open(transaction, nullptr, 0, &table_));
    CheckLmdb(mdb_txn_commit(transaction));
  }
  // The main thread fills the peers but reads from none, so no reader is left.
  ~LmdbPeer() override { mdb_env_close(environment_); }
  void Set(std::string_view key, std::string_view value) override {
    MDB_val key_bytes = ToLmdb(key);
    MDB_val value_bytes = ToLmdb(value);
    MDB_txn* transaction = nullptr;
    CheckLmdb(mdb_txn_begin(environment_, nullptr, 0, &transaction));
    CheckLmdb(mdb_put(transaction, table_, &key_bytes, &value_bytes, 0));
    CheckLmdb(mdb_txn_commit(transaction));
  }
  bool Get(std::string_view key, char* buffer, size_t capacity) override {
    thread_local LmdbReader reader;
    MDB_txn* const transaction = reader.Renew(environment_);
    MDB_val key_bytes = ToLmdb(key);
    MDB_val found = {};
    const int code = mdb_get(transaction, table_, &key_bytes, &found);
    if (code != MDB_NOTFOUND) CheckLmdb(code);
    if (code == MDB_SUCCESS && found.mv_size <= capacity) {
      std::memcpy(buffer, found.mv_data, found.mv_size);
    }
    mdb_txn_reset(transaction);
    return code == MDB_SUCCESS;
  }

 private:
  const TemporaryFolder folder_;
  MDB_env* environment_ = nullptr;
  MDB_dbi table_ = 0;
};
#endif

#ifdef KONTOR_BENCH_ROCKSDB
void CheckRocks(const rocksdb::Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "versus: RocksDB answered %s\n", status.ToString().c_str());
  std::exit(1);
}

class RocksPeer final : public Peer {
 public:
  RocksPeer() {
    rocksdb::Options options;
    options.create_if_missing = true;
    rocksdb::DB* opened = nullptr;
    CheckRocks(rocksdb::DB::Open(options, folder_.path(), &opened));
    db_.reset(opened);
    without_log_.disableWAL = true;
  }
  void Set(std::string_view key, std::string_view value) override {
    CheckRocks(db_->Put(without_log_, {key.data(), key.size()}, {value.data(), value.size()}));
  }
  bool Get(std::string_view key, char* buffer, size_t capacity) override {
    rocksdb::PinnableSlice found;
    const rocksdb::Status status = db_->Get(rocksdb::ReadOptions(), db_->DefaultColumnFamily(),
                                            {key.data(), key.size()}, &found);
    if (status.IsNotFound()) return false;
    CheckRocks(status);
    if (found.size() <= capacity) std::memcpy(buffer, found.data(), found.size());
    return true;
  }

 private:
  const TemporaryFolder folder_;
  std::unique_ptr<rocksdb::DB> db_;
  rocksdb::WriteOptions without_log_;
};
#endif

}  // namespace

std::vector<PeerKind> StorePeers() {
  return {
#ifdef KONTOR_BENCH_LMDB
      {"LMDB, no sync", [] { return std::make_unique<LmdbPeer>(); }},
#endif
#ifdef KONTOR_BENCH_ROCKSDB
      {"RocksDB, no log", [] { return std::make_unique<RocksPeer>(); }},
#endif
  };
}

}  // namespace bench
