#include "parsers/ldirectord_cf_local.hpp"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <stdlib.h>

#include "base/resolver.hpp"
#include "parsers/ldirectord_cf_report.hpp"

namespace um::parsers {
namespace {

class LdirectordCfLocal : public ::testing::Test {
 protected:
  LdirectordCfLocal() {
    std::string pattern = (std::filesystem::temp_directory_path() / "local.XXXXXX").string();
    directory_ = mkdtemp(pattern.data());
  }
  ~LdirectordCfLocal() override { std::filesystem::remove_all(directory_); }

  std::string in(const std::string& name) const { return (directory_ / name).string(); }
  bool exists(const std::string& name) const { return std::filesystem::exists(directory_ / name); }
  std::string put(const std::string& name, const std::string& text) const {
    std::ofstream(directory_ / name) << text;
    return in(name);
  }
  LoadedLdirectordCf load(const std::string& path, Touch touch) {
    SystemResolver resolver;
    return load_ldirectord_cf(path, resolver, touch);
  }

  std::filesystem::path directory_;
};

TEST_F(LdirectordCfLocal, AFileIsReadAndParsed) {
  const auto loaded =
      load(put("a.cf", "checktimeout=7\nvirtual=10.0.0.1:80\n\treal=10.0.0.2:80 gate\n\n"),
           Touch::kLookOnly);
  ASSERT_TRUE(loaded.parsed.ok());
  EXPECT_EQ(loaded.source->name(), in("a.cf"));
  ASSERT_EQ(loaded.parsed.value.virtuals.size(), 1u);
  EXPECT_EQ(loaded.parsed.value.virtuals[0].server.address, "10.0.0.1");
}

TEST_F(LdirectordCfLocal, AFileThatIsNotThereIsRefusedInTheOldWords) {
  const auto loaded = load(in("none.cf"), Touch::kLookOnly);
  EXPECT_FALSE(loaded.parsed.ok());
  EXPECT_EQ(legacy_lines(loaded.parsed.diagnostics, "12"),
            "Error [12]: can not open file " + in("none.cf") + "\n");
  ASSERT_NE(loaded.source, nullptr);
}

TEST_F(LdirectordCfLocal, ACheckCreatesNoLogFileAndTheDaemonDoes) {
  const std::string path = put("a.cf", "logfile=\"" + in("director.log") + "\"\n");
  EXPECT_TRUE(load(path, Touch::kLookOnly).parsed.ok());
  EXPECT_FALSE(exists("director.log"));
  EXPECT_TRUE(load(path, Touch::kCreate).parsed.ok());
  EXPECT_TRUE(exists("director.log"));
}

TEST_F(LdirectordCfLocal, ACheckRefusesTheLogFilesThatTheDaemonRefuses) {
  for (Touch touch : {Touch::kLookOnly, Touch::kCreate}) {
    EXPECT_NE(LocalFiles(touch).append_error(in("missing/director.log")), "");
    EXPECT_EQ(LocalFiles(touch).append_error(directory_.string()), "Is a directory");
    EXPECT_NE(LocalFiles(touch).append_error(""), "");
  }
}

TEST_F(LdirectordCfLocal, AMaintenanceDirectoryIsADirectory) {
  LocalFiles files(Touch::kLookOnly);
  EXPECT_TRUE(files.is_directory(directory_.string()));
  EXPECT_FALSE(files.is_directory(put("file", "")));
  EXPECT_FALSE(files.is_directory(in("missing")));
}

TEST_F(LdirectordCfLocal, TheHostNameComesFromTheEnvironmentAlsoWhenItIsEmpty) {
  setenv("HOSTNAME", "director1", 1);
  EXPECT_EQ(local_host_name(), "director1");
  setenv("HOSTNAME", "", 1);
  EXPECT_EQ(local_host_name(), "");
  unsetenv("HOSTNAME");
  EXPECT_NE(local_host_name(), "");
}

}  // namespace
}  // namespace um::parsers
