// temporary.hpp - a directory of one test's own.
#pragma once
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

namespace um::heartbeat {

class Temporary : public ::testing::Test {
 protected:
  Temporary() {
    std::string pattern = ::testing::TempDir() + "/heartbeatXXXXXX";
    directory_ = ::mkdtemp(pattern.data());
  }
  ~Temporary() override { std::filesystem::remove_all(directory_); }

  std::filesystem::path path(const std::string& name) const { return directory_ / name; }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(path(name), std::ios::binary) << text;
  }
  std::string read(const std::string& name) const {
    std::ifstream in(path(name), std::ios::binary);
    return (std::stringstream() << in.rdbuf()).str();
  }

 private:
  std::filesystem::path directory_;
};

}  // namespace um::heartbeat
