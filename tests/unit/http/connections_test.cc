#include "daemon/http/connections.h"

#include <gtest/gtest.h>

namespace kpid {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const Connections::Instant t0{};

TEST(Connections, CutsAConnectionAtItsDeadlineAndNotOneTickBefore) {
  Connections connections(10, seconds{30});
  connections.opened(7, t0);
  EXPECT_EQ(connections.overdue(t0 + seconds{30} - milliseconds{1}), -1);
  EXPECT_EQ(connections.overdue(t0 + seconds{30}), 7);
  EXPECT_EQ(connections.overdue(t0 + seconds{30}), -1) << "each is given once";
}

TEST(Connections, ACompleteAnswerBeginsTheDeadlineAnew) {
  Connections connections(10, seconds{30});
  connections.opened(7, t0);
  connections.answered(7, t0 + seconds{29});
  EXPECT_EQ(connections.overdue(t0 + seconds{58}), -1);
  EXPECT_EQ(connections.overdue(t0 + seconds{59}), 7);
}

TEST(Connections, TheNewestOneTooManyDisplacesTheOneThatWaitsLongest) {
  Connections connections(2, seconds{30});
  EXPECT_EQ(connections.opened(1, t0), -1);
  EXPECT_EQ(connections.opened(2, t0 + seconds{1}), -1);
  connections.answered(1, t0 + seconds{2});  // so 2 has waited longest
  EXPECT_EQ(connections.opened(3, t0 + seconds{3}), 2);
  EXPECT_EQ(connections.opened(4, t0 + seconds{4}), 1);
}

TEST(Connections, AClosedConnectionIsForgottenAndMakesRoom) {
  Connections connections(1, seconds{30});
  connections.opened(1, t0);
  connections.closed(1);
  EXPECT_EQ(connections.opened(2, t0), -1);
  connections.closed(2);
  EXPECT_EQ(connections.overdue(t0 + seconds{60}), -1);
  EXPECT_EQ(connections.next_deadline(), Connections::Instant::max());
}

TEST(Connections, WhatHappensToAConnectionAfterItWasCutChangesNothing) {
  Connections connections(1, seconds{30});
  connections.opened(1, t0);
  EXPECT_EQ(connections.opened(2, t0 + seconds{1}), 1);
  connections.answered(1, t0 + seconds{2});
  connections.closed(1);
  EXPECT_EQ(connections.next_deadline(), t0 + seconds{31});
}

TEST(Connections, ADescriptorUsedAgainIsANewConnection) {
  Connections connections(5, seconds{30});
  connections.opened(1, t0);
  connections.closed(1);
  connections.opened(1, t0 + seconds{10});
  EXPECT_EQ(connections.overdue(t0 + seconds{39}), -1);
  EXPECT_EQ(connections.overdue(t0 + seconds{40}), 1);
}

}  // namespace
}  // namespace kpid
