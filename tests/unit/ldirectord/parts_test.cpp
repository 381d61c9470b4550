// The small parts of the director: command line, timetable, alerts, files.
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "ldirectord/admin_state.hpp"
#include "ldirectord/alerts.hpp"
#include "ldirectord/arguments.hpp"
#include "ldirectord/config_watch.hpp"
#include "ldirectord/instance.hpp"
#include "ldirectord/log_lines.hpp"
#include "ldirectord/mail.hpp"
#include "ldirectord/maintenance.hpp"
#include "ldirectord/timetable.hpp"
#include "ldirectord/world.hpp"
#include "tests/unit/ldirectord/director_bed.hpp"

namespace um::ldirectord {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

// ---- command line (spec ldirectord-config 10)

TEST(Arguments, OneWordIsTheVerb) {
  const Arguments arguments = read_arguments({"start"});
  EXPECT_EQ(arguments.ask, Arguments::Ask::kVerb);
  EXPECT_EQ(arguments.verb, "start");
  EXPECT_FALSE(arguments.config);
}

TEST(Arguments, TwoWordsAreConfigurationAndVerbAndTheRestIsIgnored) {
  const Arguments arguments = read_arguments({"ldirectord.cf", "status", "-d", "junk"});
  EXPECT_EQ(arguments.config, "ldirectord.cf");
  EXPECT_EQ(arguments.verb, "status");
  EXPECT_FALSE(arguments.debug);
}

TEST(Arguments, OptionsStandBeforeTheFirstWordOnly) {
  EXPECT_TRUE(read_arguments({"-d", "start"}).debug);
  EXPECT_TRUE(read_arguments({"--debug", "--", "c.cf", "start"}).debug);
  EXPECT_EQ(read_arguments({"c.cf", "-d", "status"}).ask, Arguments::Ask::kUsage);
}

TEST(Arguments, WrongOrderOrNoVerbIsUsage) {
  for (const auto& words : std::vector<std::vector<std::string>>{
           {}, {"status", "c.cf"}, {"test"}, {"START"}, {"drain"}})
    EXPECT_EQ(read_arguments(words).ask, Arguments::Ask::kUsage);
}

TEST(Arguments, AConfigurationIsTestedByVerbOrByOption) {
  for (const auto& words : std::vector<std::vector<std::string>>{
           {"c.cf", "configtest"}, {"-t", "c.cf"}, {"--configtest", "c.cf"}}) {
    const Arguments arguments = read_arguments(words);
    EXPECT_EQ(arguments.ask, Arguments::Ask::kVerb);
    EXPECT_EQ(arguments.verb, "configtest");
    EXPECT_EQ(arguments.config, "c.cf");
  }
  EXPECT_EQ(read_arguments({"configtest"}).config, std::nullopt);
  EXPECT_EQ(read_arguments({"-t"}).config, std::nullopt);
}

TEST(Arguments, ShortOptionsMayBeBundled) {
  EXPECT_EQ(read_arguments({"-dv"}).ask, Arguments::Ask::kVersion);
  EXPECT_EQ(read_arguments({"-?"}).ask, Arguments::Ask::kHelp);
  EXPECT_EQ(read_arguments({"-dz"}).unknown_option, "z");
  EXPECT_EQ(read_arguments({"--debu"}).unknown_option, "debu");
}

TEST(Arguments, StatusTakesAForm) {
  EXPECT_EQ(read_arguments({"status", "--json"}).form, "json");
  EXPECT_EQ(read_arguments({"c.cf", "status", "--prometheus"}).form, "prometheus");
}

TEST(Arguments, DrainNamesAServerAndPerhapsAVirtualService) {
  const Arguments one = read_arguments({"drain", "10.1.0.1:80"});
  EXPECT_EQ(one.verb, "drain");
  EXPECT_EQ(one.real, "10.1.0.1:80");
  const Arguments two = read_arguments({"c.cf", "enable", "10.1.0.1", "in", "10.0.0.1:80"});
  EXPECT_EQ(two.config, "c.cf");
  EXPECT_EQ(two.virtual_name, "10.0.0.1:80");
}

TEST(Arguments, TheVersionBeginsWithTheLegacyLine) {
  EXPECT_TRUE(version_text().starts_with("Linux Director v1.186-ha\n"));
}

TEST(Instance, IsNamedForTheLastPartOfTheConfiguration) {
  EXPECT_EQ(pid_file(instance_name({})), "/var/run/ldirectord.ldirectord.pid");
  EXPECT_EQ(pid_file(instance_name("/a/x.cf")), "/var/run/ldirectord.x.cf.pid");
}

// ---- timetable

TEST(Timetable, AsksEverybodyAtOnceAndThenSpreadOverTheInterval) {
  Timetable timetable;
  std::vector<Timetable::Entry> entries;
  for (std::uint64_t id = 1; id <= 1000; ++id) entries.push_back({id, 10s});
  TimePoint now{};
  timetable.set(entries, now);
  const auto first = timetable.take_due(now, 5000);
  EXPECT_EQ(first.size(), 1000U);
  for (auto id : first) timetable.finished(id, now);
  // In the next interval each hundredth of it holds its hundredth of the checks, give or take a
  // few.
  for (int slice = 0; slice < 100; ++slice) {
    now += 100ms;
    const auto due = timetable.take_due(now, 5000);
    EXPECT_NEAR(static_cast<double>(due.size()), 10.0, 3.0);
    for (auto id : due) timetable.finished(id, now);
  }
}

TEST(Timetable, KeepsItsPeriodHoweverLongAChecksTakes) {
  Timetable timetable;
  TimePoint now{};
  timetable.set({{1, 10s}}, now);
  timetable.take_due(now, 1);
  timetable.finished(1, now);
  const TimePoint second = *timetable.next();
  timetable.take_due(second, 1);
  EXPECT_EQ(timetable.next(), std::nullopt);
  timetable.finished(1, second + 3s);
  EXPECT_EQ(timetable.next(), second + 10s);
  timetable.take_due(second + 10s, 1);
  timetable.finished(1, second + 35s);  // two turns missed
  EXPECT_EQ(timetable.next(), second + 40s);
}

TEST(Timetable, ATimeoutAsLongAsTheIntervalLosesNoTurn) {
  Timetable timetable;
  TimePoint now{};
  timetable.set({{1, 10s}}, now);
  timetable.take_due(now, 1);
  timetable.finished(1, now);
  const TimePoint second = *timetable.next();
  timetable.take_due(second, 1);
  timetable.finished(1, second + 10s + 20ms);
  EXPECT_EQ(timetable.next(), second + 10s);
  timetable.take_due(second + 10s + 20ms, 1);
  timetable.finished(1, second + 11s);
  EXPECT_EQ(timetable.next(), second + 20s);
}

TEST(Timetable, DropsWhatIsGoneAndStartsWhatIsNew) {
  Timetable timetable;
  TimePoint now{};
  timetable.set({{1, 10s}, {2, 10s}}, now);
  timetable.take_due(now, 5);
  timetable.set({{2, 10s}, {3, 10s}}, now);
  timetable.finished(1, now);
  EXPECT_THAT(timetable.take_due(now, 5), ElementsAre(3U));
}

// ---- alerts (decision L28)

class AlertBookTest : public testing::Test {
 protected:
  AlertBookTest()
      : roster_(roster_of(
            http_virtual("emailalert=a@example.com, b@example.com\n"
                         "emailalertfreq=60\nemailalertstatus=running,stopping",
                         {"real=10.1.0.1:80 gate", "servicename=Shop", "comment=call ops"}))) {
    book_.follow(roster_);
  }
  void notice(Notice::About about, const std::string& text, Phase phase = Phase::kRunning) {
    book_.add(roster_.virtuals[0], {about, text, "10.1.0.1:80", phase}, now_);
  }
  std::vector<std::string> subjects() {
    std::vector<std::string> out;
    for (const Mail& mail : book_.take(now_)) out.push_back(mail.subject);
    return out;
  }
  Roster roster_;
  AlertBook book_{"lb1"};
  TimePoint now_{1000s};
};

TEST_F(AlertBookTest, SaysWhoWhatAndWhen) {
  notice(Notice::About::kLost, "Deleted real server: 10.1.0.1:80 (10.0.0.1:80)");
  const auto mails = book_.take(now_);
  ASSERT_EQ(mails.size(), 1U);
  EXPECT_EQ(local_message(mails[0]),
            "To: a@example.com, b@example.com\n"
            "Subject: [Shop] Deleted real server: 10.1.0.1:80 (10.0.0.1:80)\n"
            "\n"
            "ldirectord host: lb1\n"
            "Log-Message: [Shop] Deleted real server: 10.1.0.1:80 (10.0.0.1:80)\n"
            "Daemon-Status: running\n"
            "\n"
            "Service name: Shop\n"
            "Comment: call ops\n"
            "\n");
  EXPECT_THAT(recipients(mails[0].to), ElementsAre("a@example.com", "b@example.com"));
}

TEST_F(AlertBookTest, MailsOnlyInThePhasesAskedFor) {
  notice(Notice::About::kBack, "Added", Phase::kStarting);
  EXPECT_THAT(subjects(), IsEmpty());
}

TEST_F(AlertBookTest, RemindsOfAServerThatStaysAwayUntilItIsBack) {
  notice(Notice::About::kLost, "Deleted");
  subjects();
  for (int i = 0; i < 3; ++i) {
    now_ += 30s;
    book_.remind(Phase::kRunning, now_);
  }
  EXPECT_THAT(subjects(),
              ElementsAre("[Shop] Inaccessible real server: 10.1.0.1:80 (10.0.0.1:80)"));
  notice(Notice::About::kBack, "Added");
  subjects();
  now_ += 10min;
  book_.remind(Phase::kRunning, now_);
  EXPECT_THAT(subjects(), IsEmpty());
}

TEST_F(AlertBookTest, ForgetsReminderOfAServerThatAReloadRemoved) {
  notice(Notice::About::kLost, "Deleted");
  subjects();
  book_.follow(roster_of(http_virtual("", {"real=10.1.0.2:80 gate"})));
  now_ += 10min;
  book_.remind(Phase::kRunning, now_);
  EXPECT_THAT(subjects(), IsEmpty());
}

TEST_F(AlertBookTest, SendsTwentyMailsAMinuteAndThenOneDigest) {
  for (int i = 0; i < 50; ++i) notice(Notice::About::kOther, "event " + std::to_string(i));
  EXPECT_EQ(subjects().size(), 20U);
  now_ += 59s;
  EXPECT_EQ(subjects().size(), 0U);
  EXPECT_EQ(book_.next(now_), now_ + 1s);
  now_ += 1s;
  EXPECT_THAT(subjects(), ElementsAre("30 more messages of ldirectord"));
}

TEST_F(AlertBookTest, HoldsNothingBackWhenTheDaemonEnds) {
  for (int i = 0; i < 50; ++i) notice(Notice::About::kOther, "event " + std::to_string(i));
  EXPECT_EQ(subjects().size(), 20U);
  const auto rest = book_.take_rest();
  ASSERT_EQ(rest.size(), 1U);
  EXPECT_EQ(rest[0].subject, "30 more messages of ldirectord");
  EXPECT_THAT(rest[0].body, testing::HasSubstr("event 49\n"));
}

TEST_F(AlertBookTest, KeepsADigestShortEnoughForAMail) {
  for (int i = 0; i < 5000; ++i) notice(Notice::About::kOther, "event " + std::to_string(i));
  subjects();
  EXPECT_LT(book_.take_rest()[0].body.size(), 30000U);
}

// ---- files

TEST(AdminState, RemembersWishesAcrossRestarts) {
  const std::string file = testing::TempDir() + "um-admin-" + std::to_string(getpid());
  {
    AdminState state(file);
    EXPECT_TRUE(state.set("*", "10.1.0.1:80", Admin::kDrained));
    EXPECT_TRUE(state.set("10.0.0.1:80", "10.1.0.2:80", Admin::kDisabled));
    EXPECT_TRUE(state.set("10.0.0.2:80", "10.1.0.1:80", Admin::kEnabled));
  }
  AdminState again(file);
  EXPECT_EQ(again.find("10.0.0.1:80", "10.1.0.1:80"), Admin::kDrained);
  EXPECT_EQ(again.find("10.0.0.2:80", "10.1.0.1:80"), Admin::kEnabled);
  EXPECT_EQ(again.find("10.0.0.1:80", "10.1.0.2:80"), Admin::kDisabled);
  EXPECT_EQ(again.find("10.0.0.2:80", "10.1.0.2:80"), Admin::kEnabled);
  again.set("*", "10.1.0.1:80", Admin::kEnabled);
  EXPECT_EQ(AdminState(file).wishes().size(), 1U);
  std::filesystem::remove(file);
}

TEST(ConfigWatch, SeesEachNewContentOnceAndNotATouch) {
  ConfigWatch watch;
  std::string content = "a";
  auto digest = [&] { return content; };
  watch.parsed({true, 1}, "a");
  EXPECT_EQ(watch.look({true, 1}, digest), ConfigWatch::Seen::kNothing);
  EXPECT_EQ(watch.look({true, 2}, digest), ConfigWatch::Seen::kNothing);
  content = "b";
  EXPECT_EQ(watch.look({true, 1}, digest), ConfigWatch::Seen::kChanged);
  EXPECT_EQ(watch.look({true, 1}, digest), ConfigWatch::Seen::kNothing);
  EXPECT_EQ(watch.look({}, digest), ConfigWatch::Seen::kMissing);
  EXPECT_EQ(watch.look({}, digest), ConfigWatch::Seen::kNothing);
  EXPECT_EQ(watch.look({true, 3}, digest), ConfigWatch::Seen::kNothing);
}

TEST(Maintenance, KnowsAServerByAddressAndByItsReverseName) {
  const auto address = *ipvs::Address::parse("192.168.6.1");
  EXPECT_THAT(maintenance_names(address, "192.168.6.1:80", "realserver1.example.com"),
              ElementsAre("192.168.6.1:80", "192.168.6.1", "realserver1.example.com:80",
                          "realserver1.example.com", "realserver1:80", "realserver1"));
  EXPECT_THAT(maintenance_names(address, "192.168.6.1:0", ""),
              ElementsAre("192.168.6.1:0", "192.168.6.1"));
  EXPECT_THAT(maintenance_names(*ipvs::Address::parse("2001:db8::1"), "[2001:db8::1]:80", "9.x"),
              ElementsAre("[2001:db8::1]:80", "[2001:db8::1]", "9.x:80", "9.x"));
}

// ---- lines

TEST(MonitorLine, ShowsTheIdentityWithBlanksAndTheTextEscaped) {
  RosterReal real;
  real.identity = "negotiate:http:tcp:192.168.6.1:80:::1:masq:\\/index\\.html:OK";
  const auto time = std::chrono::system_clock::from_time_t(0);
  const std::string line = monitor_line(time, 42, real, false, "bad|50%\nx\r");
  EXPECT_EQ(line.substr(line.find(']') + 2),
            "[42] negotiate http tcp 192.168.6.1 80 1 masq /index.html OK [down] "
            "bad%7c50%25%0ax%0d\n");
}

TEST(LogSettings, FollowTheConfiguration) {
  parsers::Globals globals;
  LogLine line;
  line.text = "text";
  line.time = std::chrono::system_clock::from_time_t(0);
  line.pid = 7;
  const std::string date = ctime_text(line.time);
  EXPECT_EQ(date.size(), 24U);
  EXPECT_EQ(log_settings(globals, "c.cf", false).file_format(line), "[" + date + "|c.cf|7] text");
  EXPECT_EQ(log_settings(globals, "c.cf", true).file_format(line), "text");
  globals.supervised = true;
  EXPECT_EQ(log_settings(globals, "c.cf", false).file_format(line), "[" + date + "] text");
  globals.supervised = false;
  globals.logfile = "local3";
  EXPECT_EQ(log_settings(globals, "c.cf", false).facility, syslog_facility("local3"));
}

}  // namespace
}  // namespace um::ldirectord
