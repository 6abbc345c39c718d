#include "broker/body_compression.h"

#include <random>
#include <string>

#include "base/limits.h"
#include "gtest/gtest.h"

namespace kontor {
namespace {

std::string Text(size_t size) {
  std::string text;
  for (size_t i = 0; text.size() < size; ++i) text += "line " + std::to_string(i * i) + "; ";
  text.resize(size);
  return text;
}

TEST(BodyCompression, WhatGetsSmallerComesBack) {
  for (const size_t size : {100u, 1000u, 100'000u, 5'000'000u}) {
    const std::string text = Text(size);
    const std::string frame = CompressBody(text);
    ASSERT_FALSE(frame.empty()) << size;
    EXPECT_LT(frame.size(), size);
    const Result<SharedBytes> body = DecompressBody(frame);
    ASSERT_TRUE(body.ok());
    EXPECT_TRUE(body->view() == text) << size;
  }
}

TEST(BodyCompression, WhatDoesNotGetSmallerIsLeft) {
  std::mt19937_64 random(7);
  for (const size_t size : {0u, 1u, 2u, 10u, 1000u, 100'000u}) {
    std::string noise(size, '\0');
    for (char& byte : noise) byte = static_cast<char>(random());
    EXPECT_TRUE(CompressBody(noise).empty()) << size;
  }
}

TEST(BodyCompression, DamagedFramesAreRefusedOrAnotherBody) {
  const std::string text = Text(3000);
  const std::string frame = CompressBody(text);
  for (size_t size = 0; size < frame.size(); ++size) {
    EXPECT_EQ(DecompressBody(Bytes(frame).substr(0, size)).status().code(), Code::kCorrupt) << size;
  }
  for (size_t at = 0; at < frame.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string other = frame;
      other[at] = static_cast<char>(other[at] ^ (1 << bit));
      const Result<SharedBytes> body = DecompressBody(other);
      EXPECT_TRUE(body.ok() || body.status().code() == Code::kCorrupt);
    }
  }
  EXPECT_EQ(DecompressBody(frame + frame).status().code(), Code::kCorrupt);
}

TEST(BodyCompression, AFrameThatClaimsTooMuchIsNotBelieved) {
  // Magic number, a descriptor for a size of eight bytes in a single segment, and that size.
  std::string frame("\x28\xb5\x2f\xfd\xe0", 5);
  for (int shift = 0; shift < 64; shift += 8) {
    frame += static_cast<char>((limits::kMessageBytes + 1) >> shift);
  }
  const Status status = DecompressBody(frame).status();
  EXPECT_EQ(status.code(), Code::kCorrupt);
  EXPECT_NE(std::string(status.message()).find("larger than any"), std::string::npos);
}

}  // namespace
}  // namespace kontor
