#include "print_reply.h"

#include <cstdio>

namespace kontor::shell {
namespace {

void AppendQuotedByte(std::string* out, unsigned char byte) {
  constexpr char kHex[] = "0123456789abcdef";
  switch (byte) {
    case '\\':
    case '"':
      *out += '\\';
      *out += static_cast<char>(byte);
      return;
    case '\n':
      *out += "\\n";
      return;
    case '\r':
      *out += "\\r";
      return;
    case '\t':
      *out += "\\t";
      return;
    case '\a':
      *out += "\\a";
      return;
    case '\b':
      *out += "\\b";
      return;
    default:
      break;
  }
  if (byte >= 0x20 && byte < 0x7f) {
    *out += static_cast<char>(byte);
    return;
  }
  *out += "\\x";
  *out += kHex[byte >> 4];
  *out += kHex[byte & 15];
}

void AppendTerminal(std::string* out, const Reply& reply, const std::string& indent);

// Each element begins on its own line with its number, right aligned; the first one goes on where
// its parent's number ended.
void AppendTerminalArray(std::string* out, const Reply& reply, const std::string& indent) {
  if (reply.items.empty()) {
    *out += "(empty array)\n";
    return;
  }
  const size_t width = std::to_string(reply.items.size()).size();
  const std::string inner = indent + std::string(width + 2, ' ');
  for (size_t i = 0; i < reply.items.size(); ++i) {
    const std::string number = std::to_string(i + 1);
    if (i > 0) *out += indent;
    out->append(width - number.size(), ' ');
    *out += number;
    *out += ") ";
    AppendTerminal(out, reply.items[i], inner);
  }
}

void AppendTerminal(std::string* out, const Reply& reply, const std::string& indent) {
  switch (reply.kind) {
    case ReplyKind::kNil:
      *out += "(nil)\n";
      return;
    case ReplyKind::kStatus:
      *out += reply.text + "\n";
      return;
    case ReplyKind::kError:
      *out += "(error) " + reply.text + "\n";
      return;
    case ReplyKind::kInteger:
      *out += "(integer) " + std::to_string(reply.integer) + "\n";
      return;
    case ReplyKind::kString:
      *out += QuoteBytes(reply.text) + "\n";
      return;
    case ReplyKind::kArray:
      AppendTerminalArray(out, reply, indent);
      return;
  }
}

void AppendRaw(std::string* out, const Reply& reply) {
  switch (reply.kind) {
    case ReplyKind::kNil:
      return;
    case ReplyKind::kStatus:
    case ReplyKind::kString:
      *out += reply.text;
      return;
    case ReplyKind::kError:
      *out += reply.text + "\n";
      return;
    case ReplyKind::kInteger:
      *out += std::to_string(reply.integer);
      return;
    case ReplyKind::kArray:
      for (size_t i = 0; i < reply.items.size(); ++i) {
        if (i > 0) *out += '\n';
        AppendRaw(out, reply.items[i]);
      }
      return;
  }
}

}  // namespace

std::string QuoteBytes(std::string_view bytes) {
  std::string out = "\"";
  for (const char byte : bytes) AppendQuotedByte(&out, static_cast<unsigned char>(byte));
  out += '"';
  return out;
}

std::string FormatReply(const Reply& reply, ReplyStyle style) {
  std::string out;
  if (style == ReplyStyle::kTerminal) {
    AppendTerminal(&out, reply, "");
  } else {
    AppendRaw(&out, reply);
    out += '\n';
  }
  return out;
}

bool PrintReply(const Reply& reply, ReplyStyle style) {
  const std::string text = FormatReply(reply, style);
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() &&
         std::fflush(stdout) == 0;
}

}  // namespace kontor::shell
