#include "os/file_system.h"

namespace kontor {

Result<std::string> ReadWholeFile(FileSystem* file_system, const std::string& path,
                                  size_t limit_bytes) {
  KONTOR_ASSIGN_OR_RETURN(std::unique_ptr<File> file, file_system->Open(path, OpenMode::kRead));
  KONTOR_ASSIGN_OR_RETURN(const uint64_t size, file->Size());
  if (size > limit_bytes) {
    return Status(Code::kTooLarge, "'" + path + "' has " + std::to_string(size) +
                                       " bytes, more than the " + std::to_string(limit_bytes) +
                                       " that it may have");
  }
  std::string content;
  KONTOR_RETURN_IF_ERROR(file->ReadAt(0, size, &content));
  return content;
}

Result<std::unique_ptr<File>> CreateAnew(FileSystem* file_system, const std::string& path) {
  Result<std::unique_ptr<File>> file = file_system->Open(path, OpenMode::kCreate);
  if (file.code() != Code::kExists) return file;
  KONTOR_RETURN_IF_ERROR(file_system->Remove(path));
  return file_system->Open(path, OpenMode::kCreate);
}

Status ReplaceFile(FileSystem* file_system, const std::string& directory, const std::string& name,
                   Bytes content) {
  const std::string path = directory + "/" + name;
  const std::string temporary = path + ".tmp";
  KONTOR_ASSIGN_OR_RETURN(std::unique_ptr<File> file, CreateAnew(file_system, temporary));
  KONTOR_RETURN_IF_ERROR(file->WriteAt(0, content));
  KONTOR_RETURN_IF_ERROR(file->Sync());
  KONTOR_RETURN_IF_ERROR(file_system->Rename(temporary, path));
  return file_system->SyncDirectory(directory);
}

}  // namespace kontor
