#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/unit/runtime/command_fixtures.h"

namespace kpid {
namespace {

using testing::HasSubstr;

class ResetCommand : public RunOnKafka {
 protected:
  Outcome reset(std::vector<std::string> more) const {
    more.insert(more.begin(), {"reset", "--storage.path=" + path("store")});
    return run(more);
  }
};

TEST_F(ResetCommand, MakesNoStoreWhereThereIsNone) {
  const Outcome outcome = reset({"--topic=sales"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("there is no store in "));
  EXPECT_FALSE(std::filesystem::exists(path("store")));
}

TEST_F(ResetCommand, NeedsKafkaToKnowTheEnd) {
  EXPECT_EQ(reset({"--topic=sales", "--to=end"}).exit_code, 2);
}

TEST_F(ResetCommand, RefusesATopicThatTheStoreDoesNotKnow) {
  run_until_ready(config_of());
  const Outcome outcome = reset({"--topic=sale"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("knows no topic sale"));
}

TEST_F(ResetCommand, MovesEveryPartitionOfTheTopic) {
  run_until_ready(config_of());
  const Outcome beginning = reset({"--topic=sales", "--to=beginning"});
  EXPECT_EQ(beginning.exit_code, 0);
  EXPECT_EQ(beginning.out,
            "source sales, topic sales, partition 0: goes on at offset 0\n"
            "source sales, topic sales, partition 1: goes on at offset 0\n");
  EXPECT_THAT(inspect(config_of()).out, HasSubstr(R"("partition":0,"next_offset":0,)"));
  const Outcome end = reset({"--topic=sales", "--to=end", "--config.file=" + config_of()});
  EXPECT_EQ(end.exit_code, 0);
  EXPECT_EQ(end.out,
            "source sales, topic sales, partition 0: goes on at offset 2\n"
            "source sales, topic sales, partition 1: goes on at offset 1\n");
}

TEST_F(ResetCommand, SaysWhenItFindsADamagedStore) {
  std::filesystem::create_directories(path("store"));
  write("store/kpid.db", "no database");
  const Outcome outcome = reset({"--topic=sales"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("damaged"));
}

}  // namespace
}  // namespace kpid
