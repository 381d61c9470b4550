#include "ldirectord/status.hpp"

#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/unit/ldirectord/director_bed.hpp"

namespace um::ldirectord {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;
using namespace std::chrono_literals;

/// A director with one server up, one down, and one that a file keeps out.
class StatusTest : public DirectorBed {
 protected:
  void SetUp() override {
    down("10.1.0.2:80");
    maintenance_.insert("10.1.0.3:80");
    start(http_virtual("quiescent=yes",
                       {"real=10.1.0.1:80 gate", "real=10.1.0.2:80 gate", "real=10.1.0.3:80 gate",
                        "fallback=127.0.0.1:80 gate", "servicename=My \"Shop\""}));
    vitals_.started = vitals_.config_read = now_;
    pass();
    pass();
    now_ += 1s;
  }
  Report report() { return {director_, {}, vitals_, now_}; }
  json as_json() { return json::parse(render_json(report())); }

  Vitals vitals_;
};

TEST_F(StatusTest, SaysOfEachServerWhatItIsWhyAndHowOldThatIs) {
  const json reals = as_json()["virtuals"][0]["reals"];
  EXPECT_EQ(reals[0]["state"], "up");
  EXPECT_EQ(reals[0]["weight"], 1);
  EXPECT_EQ(reals[0]["checks"], 2);
  EXPECT_EQ(reals[0]["age_seconds"], 2.0);
  EXPECT_EQ(reals[0]["state_seconds"], 3.0);
  EXPECT_EQ(reals[1]["state"], "down");
  EXPECT_EQ(reals[1]["reason"], "said so");
  EXPECT_EQ(reals[1]["weight"], 0);
  EXPECT_EQ(reals[2]["state"], "maintenance");
}

TEST_F(StatusTest, CountsTheTimeInAStateFromItsFirstAnswer) {
  down("10.1.0.1:80");
  pass();
  pass();
  EXPECT_EQ(as_json()["virtuals"][0]["reals"][0]["state_seconds"], 2.0);
}

TEST_F(StatusTest, NamesTheServersThatAreDrainedOrDisabled) {
  director_.set_admin(0, 0, Admin::kDrained);
  director_.set_admin(0, 1, Admin::kDisabled);
  director_.settle(now_);
  const json service = as_json()["virtuals"][0];
  EXPECT_EQ(service["reals"][0]["state"], "drained");
  EXPECT_EQ(service["reals"][1]["state"], "disabled");
  EXPECT_EQ(service["reals"][1]["weight"], nullptr);
  EXPECT_EQ(service["fallback_active"], true);
  EXPECT_THAT(render_verbose(report()), HasSubstr("FALLBACK 127.0.0.1:80"));
}

TEST_F(StatusTest, SaysWhyAndWhenTheLastReloadWasRefused) {
  EXPECT_THAT(render_verbose(report()), Not(HasSubstr("refused")));
  vitals_.reloads_refused = 1;
  vitals_.config_error = "ldirectord.cf:3:5: error: unknown directive";
  vitals_.config_refused = now_ - 90s;
  EXPECT_THAT(render_verbose(report()),
              HasSubstr("last reload refused 90 s ago: ldirectord.cf:3:5: error: unknown"));
  EXPECT_EQ(as_json()["config_error"], vitals_.config_error);
  EXPECT_EQ(as_json()["config_error_age_seconds"], 90.0);
  EXPECT_THAT(render_prometheus(report()), HasSubstr("\nldirectord_config_ok 0\n"));
}

TEST_F(StatusTest, SaysWhenChecksAreLate) {
  vitals_.check_overdue = 2500ms;
  EXPECT_THAT(render_verbose(report()), HasSubstr("a check is overdue by 2.5 s"));
  EXPECT_EQ(as_json()["check_overdue_seconds"], 2.5);
}

TEST_F(StatusTest, GivesPrometheusATypeForEveryMetricAndQuotesLabels) {
  const std::string text = render_prometheus(report());
  const std::string labels =
      R"({virtual="10.0.0.1:80",protocol="tcp",service="My \"Shop\"",real="10.1.0.2:80"})";
  EXPECT_THAT(text, HasSubstr("\nldirectord_real_up" + labels + " 0\n"));
  EXPECT_THAT(text, HasSubstr("\nldirectord_real_weight" + labels + " 0\n"));
  EXPECT_THAT(text, HasSubstr("\nldirectord_checks_total" + labels + " 2\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE ldirectord_checks_total counter\n"));
  std::string line;
  std::set<std::string> typed;
  for (std::istringstream lines(text); std::getline(lines, line);) {
    if (line.starts_with("# TYPE ")) typed.insert(line.substr(7, line.find(' ', 7) - 7));
    if (line.starts_with("#")) continue;
    EXPECT_TRUE(typed.contains(line.substr(0, line.find_first_of("{ ")))) << line;
  }
}

TEST_F(StatusTest, ShowsWhatWasDoneByHand) {
  by_hand("-e -t 10.0.0.1:80 -r 10.1.0.1:80 -g -w 7");
  pass();
  EXPECT_THAT(render_verbose(report()), HasSubstr("drift: 10.1.0.1:80 (10.0.0.1:80) has weight 7"));
  EXPECT_EQ(as_json()["virtuals"][0]["drift"].size(), 1U);
}

}  // namespace
}  // namespace um::ldirectord
