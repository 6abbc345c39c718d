#include <zstd.h>

#include <algorithm>
#include <new>
#include <utility>

#include "base/check.h"
#include "base/random.h"
#include "persist/snapshot.h"
#include "persist/snapshot_format.h"

namespace kontor {
namespace {

// The fastest of zstd's ordinary levels: the engine's locks may be held meanwhile.
constexpr int kCompressionLevel = 1;

// A snapshot stops while the journal still has room: what it would lose is only a snapshot.
constexpr uint64_t kSpareBytes = uint64_t{32} << 20;
constexpr uint64_t kSpareParts = 16;  // of a small disk: a sixteenth of it

struct CompressorDeleter {
  void operator()(ZSTD_CCtx* compressor) const { ZSTD_freeCCtx(compressor); }
};

}  // namespace

Status CheckSnapshotRoom(FileSystem* file_system, const std::string& directory, uint64_t bytes) {
  KONTOR_ASSIGN_OR_RETURN(const DiskSpace space, file_system->Space(directory));
  const uint64_t spare_bytes = std::min(kSpareBytes, space.total_bytes / kSpareParts);
  if (space.free_bytes >= spare_bytes && space.free_bytes - spare_bytes >= bytes) return Ok();
  return Status(Code::kIo,
                "the disk of '" + directory + "' has " + std::to_string(space.free_bytes) +
                    " bytes left, and a snapshot leaves the journal at least " +
                    std::to_string(spare_bytes) + ": free some space, then write it again");
}

struct SnapshotWriter::State {
  FileSystem* file_system;
  std::string directory;
  std::string name;
  std::string temporary;  // its path
  Lsn cut;
  uint64_t salt;
  std::unique_ptr<File> file;
  std::unique_ptr<ZSTD_CCtx, CompressorDeleter> compressor;
  uint64_t offset = 0;
  std::string raw;         // the block being filled
  std::string compressed;  // kept for its memory
  uint64_t blocks = 0;
  uint64_t effects = 0;
  Status status;
  bool renamed = false;
  CountedMemory memory{MemoryPurpose::kSnapshots};

  Status Write(Bytes bytes) {
    KONTOR_RETURN_IF_ERROR(CheckSnapshotRoom(file_system, directory, bytes.size()));
    KONTOR_RETURN_IF_ERROR(file->WriteAt(offset, bytes));
    offset += bytes.size();
    return Ok();
  }

  Status WriteBlock();

  template <typename AnyEffect>
  void Add(const AnyEffect& effect) {
    if (!status.ok()) return;
    try {
      EncodeEffect(effect, &raw);
      ++effects;
      if (raw.size() >= kBlockTargetBytes) status = WriteBlock();
    } catch (const std::bad_alloc&) {
      status = Status(Code::kNoMemory, "no memory to write a snapshot");
    }
  }
};

Status SnapshotWriter::State::WriteBlock() {
  if (raw.empty()) return Ok();
  if (raw.size() > kBlockBytesLimit) {
    return Status(Code::kTooLarge, "an effect is too large for a block of a snapshot");
  }
  compressed.resize(kBlockHeaderBytes + ZSTD_compressBound(raw.size()));
  const size_t size = ZSTD_compressCCtx(compressor.get(), compressed.data() + kBlockHeaderBytes,
                                        compressed.size() - kBlockHeaderBytes, raw.data(),
                                        raw.size(), kCompressionLevel);
  if (ZSTD_isError(size) != 0) {
    return Status(Code::kInternal,
                  std::string("cannot compress a snapshot: ") + ZSTD_getErrorName(size));
  }
  compressed.resize(kBlockHeaderBytes + size);
  const auto raw_bytes = static_cast<uint32_t>(raw.size());
  std::string header;
  PutFixed32(&header, raw_bytes);
  PutFixed32(&header, static_cast<uint32_t>(size));
  PutFixed64(&header,
             BlockChecksum(salt, blocks, raw_bytes, Bytes(compressed).substr(kBlockHeaderBytes)));
  compressed.replace(0, kBlockHeaderBytes, header);
  ++blocks;
  memory.Set(static_cast<int64_t>(raw.capacity() + compressed.capacity() +
                                  ZSTD_sizeof_CCtx(compressor.get())));
  raw.clear();
  return Write(compressed);
}

SnapshotWriter::SnapshotWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}

Result<std::unique_ptr<SnapshotWriter>> SnapshotWriter::Create(FileSystem* file_system,
                                                               std::string directory, Lsn cut) {
  auto state = std::make_unique<State>();
  state->file_system = file_system;
  state->directory = std::move(directory);
  state->name = SnapshotName(cut);
  state->temporary = state->directory + "/" + state->name + std::string(kTemporarySuffix);
  state->cut = cut;
  state->salt = Random::SystemSeed();
  state->compressor.reset(ZSTD_createCCtx());
  if (state->compressor == nullptr) {
    return Status(Code::kNoMemory, "no memory to write a snapshot");
  }
  KONTOR_ASSIGN_OR_RETURN(state->file, CreateAnew(file_system, state->temporary));
  std::unique_ptr<SnapshotWriter> writer(new SnapshotWriter(std::move(state)));
  KONTOR_RETURN_IF_ERROR(writer->state_->Write(EncodeSnapshotHeader(writer->state_->salt, cut)));
  return writer;
}

SnapshotWriter::~SnapshotWriter() {
  // Should it not go away, the next writer of this cut or the next opening of the directory removes
  // it.
  if (!state_->renamed) static_cast<void>(state_->file_system->Remove(state_->temporary));
}

void SnapshotWriter::CountIn(MemoryBudget* budget) { state_->memory.set_budget(budget); }
void SnapshotWriter::Add(const KeyEffect& effect) { state_->Add(effect); }
void SnapshotWriter::Add(const QueueEffect& effect) { state_->Add(effect); }
void SnapshotWriter::Add(const ChannelEffect& effect) { state_->Add(effect); }

Status SnapshotWriter::Finish() {
  State& state = *state_;
  KONTOR_CHECK(!state.renamed);
  KONTOR_RETURN_IF_ERROR(state.status);
  // Sticky, because a block or a sync that failed once must not be tried again.
  state.status = [&state]() -> Status {
    KONTOR_RETURN_IF_ERROR(state.WriteBlock());
    KONTOR_RETURN_IF_ERROR(
        state.Write(EncodeSnapshotFooter(state.salt, state.blocks, state.effects)));
    KONTOR_RETURN_IF_ERROR(state.file->Sync());
    KONTOR_RETURN_IF_ERROR(
        state.file_system->Rename(state.temporary, state.directory + "/" + state.name));
    state.renamed = true;
    return state.file_system->SyncDirectory(state.directory);
  }();
  return state.status;
}

const Status& SnapshotWriter::status() const { return state_->status; }
Lsn SnapshotWriter::cut() const { return state_->cut; }
const std::string& SnapshotWriter::name() const { return state_->name; }
uint64_t SnapshotWriter::bytes_written() const { return state_->offset; }

}  // namespace kontor
