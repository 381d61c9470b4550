#include "wire/codec.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <zlib.h>

namespace um::wire {
namespace {

Keyring keys() {
  Keyring ring;
  ring.set(1, {Method::kSha1, "secret"});
  ring.select(1);
  return ring;
}

std::string sign_string(const std::string& lines) {
  return fmt::format(">>>\n{}auth={}\n<<<\n", lines, keys().sign(lines));
}

std::string sign_netstring(const std::string& body) {
  std::string token = keys().sign(body);
  return fmt::format("{}{}:{},", body, token.size(), token);
}

Reason reason(const Decoded& decoded) {
  return decoded.rejection.value().reason;
}

std::vector<std::string> lines(const Decoded& decoded) {
  std::vector<std::string> texts;
  for (const LogLine& line : decoded.rejection.value().lines) texts.push_back(line.text);
  return texts;
}

using Lines = std::vector<std::string>;

// ---- what is accepted -------------------------------------------------------------------------

TEST(Codec, StringFormIsReadWithAndWithoutTheNulOfADatagram) {
  std::string packet = sign_string("t=status\nsrc=alpha\n");
  EXPECT_TRUE(decode_packet(packet, keys()).ok());
  EXPECT_TRUE(decode_packet(packet + '\0', keys()).ok());
  EXPECT_FALSE(decode_packet(packet + "x", keys()).ok());
}

TEST(Codec, TheTokenMayStandAnywhereInStringForm) {
  std::string packet = fmt::format(">>>\nauth={}\nt=a\n<<<\n", keys().sign("t=a\n"));
  EXPECT_TRUE(decode_packet(packet, keys()).ok());
}

TEST(Codec, BlankLinesAreSkippedAndValuesMayHoldEqualSigns) {
  Decoded decoded = decode_plain(">>>\n\nt=a\ninfo=x=y\n\n<<<\n");
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded.message, Message("a").set("info", "x=y"));
}

TEST(Codec, StringFormWithoutEndMarkerEndsWithTheData) {
  EXPECT_EQ(decode_plain(">>>\nt=a").message, Message("a"));
}

TEST(Codec, UnknownFieldsArePassedOn) {
  Decoded decoded = decode_packet(sign_string("t=status\num=1\nodd name=a b\n"), keys());
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded.message.get("odd name"), "a b");
}

// ---- what is refused, and what the log says (wire 9.4)
// -------------------------------------------

TEST(Codec, NeitherMarkerIsDroppedWithoutAWord) {
  for (std::string_view bytes : {"", ">>>", "hello", ">>>\r\nt=a\r\n<<<\r\n"}) {
    Decoded decoded = decode_packet(bytes, keys());
    EXPECT_EQ(reason(decoded), Reason::kForeign);
    EXPECT_EQ(lines(decoded), Lines{});
  }
}

TEST(Codec, AWrongDigestInStringFormNamesTheClaimedNode) {
  Decoded decoded = decode_packet(">>>\nsrc=gamma\nauth=1 00\n<<<\n", keys());
  EXPECT_EQ(reason(decoded), Reason::kWrongDigest);
  EXPECT_EQ(lines(decoded), Lines{"string2msg_ll: node [gamma] failed authentication"});
}

TEST(Codec, AnUnknownIndexInStringFormIsLoggedEvenWithLogBadpackFalse) {
  Decoded decoded = decode_packet(">>>\nsrc=gamma\nauth=7 00\n<<<\n", keys());
  EXPECT_EQ(reason(decoded), Reason::kUnknownKey);
  EXPECT_EQ(lines(decoded), (Lines{"Invalid authentication type [7] in message!",
                                   "string2msg_ll: node [gamma] failed authentication"}));
  EXPECT_TRUE(decoded.rejection->lines[0].always);
  EXPECT_FALSE(decoded.rejection->lines[1].always);
}

TEST(Codec, AMissingTokenInStringFormIsLoggedAsNil) {
  Decoded decoded = decode_packet(">>>\nsrc=gamma\n<<<\n", keys());
  EXPECT_EQ(reason(decoded), Reason::kNoToken);
  EXPECT_EQ(lines(decoded), (Lines{"Bad/invalid auth token, authtoken=(nil)",
                                   "string2msg_ll: node [gamma] failed authentication"}));
}

TEST(Codec, AWrongDigestInNetstringFormDoesNotShowTheRightOne) {
  Decoded decoded = decode_packet("###\n6:(0)t=a,%%%\n6:1 beef,", keys());
  EXPECT_EQ(reason(decoded), Reason::kWrongDigest);
  EXPECT_EQ(
      lines(decoded),
      (Lines{"authtoken does not match, authtoken=beef, authstr=(not shown)",
             "netstring authentication failed, s=###\\x0a6:(0)t=a,%%%\\x0a, autotoken=1 beef"}));
}

TEST(Codec, AnUnknownIndexInNetstringForm) {
  Decoded decoded = decode_packet("###\n6:(0)t=a,%%%\n6:7 beef,", keys());
  EXPECT_EQ(reason(decoded), Reason::kUnknownKey);
  EXPECT_EQ(lines(decoded)[0], "Invalid authentication [7] in message!");
}

TEST(Codec, ANetstringPacketWithoutTrailer) {
  Decoded decoded = decode_packet("###\n6:(0)t=a,%%%\n", keys());
  EXPECT_EQ(reason(decoded), Reason::kNoToken);
  EXPECT_EQ(lines(decoded), (Lines{"peel_netstring: Couldn't parse an int starting at: ",
                                   "peel_netstring() error in getting auth string",
                                   "sp=", "s=###\\x0a6:(0)t=a,%%%\\x0a"}));
}

TEST(Codec, ALineWithoutEqualSignRefusesTheMessage) {
  Decoded decoded = decode_packet(sign_string("t=a\nnonsense\n"), keys());
  EXPECT_EQ(reason(decoded), Reason::kMalformed);
  EXPECT_EQ(lines(decoded), (Lines{"ha_msg_add_nv_depth: line doesn't contain '='", "nonsense",
                                   "NV failure (string2msg_ll):"}));
}

// The old daemon ended itself on these (wire 1.2, decision W10).
TEST(Codec, BrokenNetstringsAreRefusedThoughSigned) {
  for (std::string body :
       {"###\n1:x,%%%\n", "###\n4:t=ab,%%%\n", "###\n7:(x)t=ab,%%%\n", "###\n7:(9)t=ab,%%%\n",
        "###\n5:(0)=a,%%%\n", "###\n4:(0)t,%%%\n", "###\n-1:(0)t=a,%%%\n", "###\n06:(0)t=a,%%%\n",
        "###\n9999999:(0)t=a,%%%\n", "###\n6:(0)t=a;%%%\n", "###\n10:(3)l=3:ab,,%%%\n",
        "###\n6:(0)t=a,\n%%%\n", "###\n6:(0)t=a,", "###\n13:(2)s=###\nx%%%\n,%%%\n"})
    EXPECT_EQ(reason(decode_packet(sign_netstring(body), keys())), Reason::kMalformed) << body;
}

TEST(Codec, BrokenValuesInStringFormAreRefusedThoughSigned) {
  for (std::string line : {"(1)b=QQ", "(1)b=Q===", "(1)b=Q Q=", "(1)b====", "(2)s=t=a",
                           "(3)l=3:ab,", "(3)l=2:ab", "(5)x=a", "=empty name"})
    EXPECT_EQ(reason(decode_packet(sign_string(line + "\n"), keys())), Reason::kMalformed) << line;
}

TEST(Codec, WhatAPacketSaysCannotBreakALogLine) {
  Decoded decoded = decode_packet(std::string_view(">>>\nsrc=a\x1b[2Jb\nauth=1 0\n<<<\n"), keys());
  EXPECT_EQ(lines(decoded), Lines{"string2msg_ll: node [a\\x1b[2Jb] failed authentication"});
}

// ---- limits -----------------------------------------------------------------------------------

std::string nested(unsigned levels) {
  Message message;
  message.set("deepest", "yes");
  std::string text = encode_plain(message, Form::kNetstring);
  for (unsigned i = 0; i < levels; ++i)
    text = fmt::format("###\n{}:(2)s={},%%%\n", 5 + text.size(), text);
  return text;
}

TEST(Codec, SixteenLevelsOfStructsAreReadAndNoMore) {
  Decoded decoded = decode_packet(sign_netstring(nested(16)), keys());
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(encode_plain(decoded.message, Form::kNetstring), nested(16));
  EXPECT_EQ(decode_plain(encode_plain(decoded.message, Form::kString)).message, decoded.message);
  EXPECT_EQ(reason(decode_packet(sign_netstring(nested(17)), keys())), Reason::kMalformed);
}

TEST(Codec, APacketOverTheLimitIsRefused) {
  std::string packet = sign_string("x=" + std::string(kMaxPacket, 'x') + "\n");
  EXPECT_EQ(reason(decode_packet(packet, keys())), Reason::kTooLarge);
}

TEST(Codec, TooManyFieldsAreRefused) {
  std::string many;
  for (std::size_t i = 0; i <= kMaxFields; ++i) many += "a=b\n";
  EXPECT_EQ(reason(decode_packet(sign_string(many), keys())), Reason::kMalformed);
}

std::string compressed_packet(const std::string& content, std::string_view algorithm = "zlib") {
  std::string out(compressBound(content.size()), '\0');
  uLongf size = out.size();
  compress(reinterpret_cast<Bytef*>(out.data()), &size,
           reinterpret_cast<const Bytef*>(content.data()), content.size());
  Message message;
  message.set("_compressed_payload", out.substr(0, size), FieldType::kBinary);
  message.set("_compression_algorithm", algorithm);
  return encode_packet(message, keys(), Form::kNetstring);
}

TEST(Codec, ADecompressionBombIsStoppedAtTwoMebibytes) {
  std::string fits = ">>>\nx=" + std::string(kMaxMessage - 100, 'x') + "\n<<<\n";
  EXPECT_TRUE(decode_packet(compressed_packet(fits), keys()).ok());
  std::string bomb = ">>>\nx=" + std::string(64 * kMaxMessage, 'x') + "\n<<<\n";
  EXPECT_EQ(reason(decode_packet(compressed_packet(bomb), keys())), Reason::kTooLarge);
}

TEST(Codec, DamagedOrUnknownCompressionIsRefused) {
  EXPECT_EQ(reason(decode_packet(compressed_packet(">>>\nt=a\n<<<\n", "bz2"), keys())),
            Reason::kCompression);
  EXPECT_EQ(reason(decode_packet(compressed_packet(">>>\nt=a\n<<<\n", "lzma"), keys())),
            Reason::kCompression);
}

// ---- what is sent -----------------------------------------------------------------------------

TEST(Codec, StringFormEndsInTheTokenAndTheNulOfADatagram) {
  Message message("status");
  message.set("auth", "1 stale").set("st", "up");
  EXPECT_EQ(
      encode_packet(message, keys(), Form::kString),
      fmt::format(">>>\nt=status\nst=up\nauth={}\n<<<\n", keys().sign("t=status\nst=up\n")) + '\0');
}

TEST(Codec, AFieldCannotPoseAsAnother) {
  Message name("a"), value("a"), typed("a"), list("a");
  name.set("x\nsrc", "alpha");
  value.set("x", std::string("a\0b", 3));
  typed.set("(1)x", "QQ==");
  list.set("l", "3:a\nb,", FieldType::kList);
  for (const Message& message : {name, value, typed, list}) {
    EXPECT_FALSE(fits_string_form(message));
    Decoded back = decode_packet(encode_packet(message, keys(), Form::kString), keys());
    ASSERT_TRUE(back.ok());
    EXPECT_EQ(back.message, message);
  }
}

TEST(Codec, DatagramsTakeTheConfiguredFormButStructsGoAsNetstring) {
  Message plain("a"), with_struct("a");
  with_struct.set("s", ">>>\nb=c\n<<<\n", FieldType::kStruct);
  EXPECT_EQ(datagram_form(plain, Form::kString), Form::kString);
  EXPECT_EQ(datagram_form(plain, Form::kNetstring), Form::kNetstring);
  EXPECT_EQ(datagram_form(with_struct, Form::kString), Form::kNetstring);
}

}  // namespace
}  // namespace um::wire
