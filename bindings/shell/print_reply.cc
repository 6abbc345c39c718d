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

const char* EmptyAggregate(ReplyKind kind) {
  if (kind == ReplyKind::kMap) return "(empty hash)\n";
  if (kind == ReplyKind::kSet) return "(empty set)\n";
  return kind == ReplyKind::kPush ? "(empty push)\n" : "(empty array)\n";
}

char NumberEnd(ReplyKind kind) {
  if (kind == ReplyKind::kMap) return '#';
  return kind == ReplyKind::kSet ? '~' : ')';
}

// Whether it takes more than one line.
bool IsLong(const Reply& reply) {
  if (reply.items.empty()) return false;
  const size_t of_one = reply.kind == ReplyKind::kMap ? 2 : 1;
  return reply.items.size() > of_one || IsLong(reply.items.back());
}

// Each element begins on its own line with its number, right aligned; the first one goes on where
// its parent's number ended.
void AppendTerminalItems(std::string* out, const Reply& reply, const std::string& indent) {
  if (reply.items.empty()) {
    *out += EmptyAggregate(reply.kind);
    return;
  }
  const bool is_map = reply.kind == ReplyKind::kMap;
  const size_t step = is_map ? 2 : 1;
  const size_t width = std::to_string(reply.items.size() / step).size();
  const std::string inner = indent + std::string(width + 2, ' ');
  for (size_t i = 0; i + step <= reply.items.size(); i += step) {
    const std::string number = std::to_string(i / step + 1);
    if (i > 0) *out += indent;
    out->append(width - number.size(), ' ');
    *out += number + NumberEnd(reply.kind) + ' ';
    AppendTerminal(out, reply.items[i], inner);
    if (!is_map) continue;
    out->pop_back();
    *out += " => ";
    if (IsLong(reply.items[i + 1])) *out += "\n" + inner;
    AppendTerminal(out, reply.items[i + 1], inner);
  }
}

void AppendTerminal(std::string* out, const Reply& reply, const std::string& indent) {
  switch (reply.kind) {
    case ReplyKind::kNil:
      *out += "(nil)\n";
      return;
    case ReplyKind::kStatus:
    case ReplyKind::kVerbatim:
      *out += reply.text + "\n";
      return;
    case ReplyKind::kError:
      *out += "(error) " + reply.text + "\n";
      return;
    case ReplyKind::kInteger:
      *out += "(integer) " + std::to_string(reply.integer) + "\n";
      return;
    case ReplyKind::kDouble:
      *out += "(double) " + reply.text + "\n";
      return;
    case ReplyKind::kBigNumber:
      *out += "(big number) " + reply.text + "\n";
      return;
    case ReplyKind::kBoolean:
      *out += reply.integer != 0 ? "(true)\n" : "(false)\n";
      return;
    case ReplyKind::kString:
      *out += QuoteBytes(reply.text) + "\n";
      return;
    case ReplyKind::kArray:
    case ReplyKind::kMap:
    case ReplyKind::kSet:
    case ReplyKind::kPush:
      AppendTerminalItems(out, reply, indent);
      return;
  }
}

void AppendRaw(std::string* out, const Reply& reply) {
  switch (reply.kind) {
    case ReplyKind::kNil:
      return;
    case ReplyKind::kStatus:
    case ReplyKind::kString:
    case ReplyKind::kVerbatim:
    case ReplyKind::kDouble:
    case ReplyKind::kBigNumber:
      *out += reply.text;
      return;
    case ReplyKind::kError:
      *out += reply.text + "\n";
      return;
    case ReplyKind::kInteger:
      *out += std::to_string(reply.integer);
      return;
    case ReplyKind::kBoolean:
      *out += reply.integer != 0 ? "(true)" : "(false)";
      return;
    case ReplyKind::kArray:
    case ReplyKind::kSet:
    case ReplyKind::kPush:
    case ReplyKind::kMap:
      for (size_t i = 0; i < reply.items.size(); ++i) {
        const bool is_value = reply.kind == ReplyKind::kMap && i % 2 == 1;
        if (i > 0) *out += is_value ? ' ' : '\n';
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
