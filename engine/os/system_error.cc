#include "os/system_error.h"

#include <cerrno>
#include <system_error>

namespace kontor {
namespace {

Code CodeOf(int error, bool writing) {
  switch (error) {
    case ENOENT:
      return Code::kNotFound;
    case EEXIST:
      return Code::kExists;
    case ENOTDIR:
    case EISDIR:
    case ELOOP:
    case ENAMETOOLONG:
      return Code::kInvalid;
    case ENOMEM:
      return Code::kNoMemory;
    case EROFS:
      return Code::kReadOnly;
    case EACCES:
    case EPERM:
      return writing ? Code::kReadOnly : Code::kIo;
    default:
      return Code::kIo;
  }
}

std::string_view Advice(int error) {
  switch (error) {
    case ENOSPC:
      return "the disk is full: free some space";
    case EDQUOT:
      return "the disk quota is used up: free some space or raise it";
    case EROFS:
      return "the file system is mounted read-only: choose another directory or remount it";
    case EACCES:
    case EPERM:
      return "this user lacks the permission: change the owner or the mode, or choose another path";
    case EMFILE:
    case ENFILE:
      return "too many open files: raise the limit";
    case ENOTDIR:
      return "a part of the path is a file, not a directory: choose another path";
    default:
      return {};
  }
}

}  // namespace

Status SystemError(std::string_view operation, std::string_view path, int error, bool writing) {
  std::string message = "cannot ";
  message.append(operation).append(" '").append(path).append("': ");
  const std::string_view advice = Advice(error);
  if (advice.empty()) {
    message.append(std::generic_category().message(error));
  } else {
    message.append(advice).append(" (").append(std::generic_category().message(error)).append(")");
  }
  return Status(CodeOf(error, writing), std::move(message));
}

}  // namespace kontor
