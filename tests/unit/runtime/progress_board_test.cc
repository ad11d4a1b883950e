#include "daemon/run/progress_board.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kpid {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

PartitionProgress partition(int32_t number) {
  PartitionProgress progress;
  progress.partition = number;
  return progress;
}

std::vector<int32_t> numbers(const std::vector<PartitionProgress>& all) {
  std::vector<int32_t> numbers;
  for (const PartitionProgress& progress : all) numbers.push_back(progress.partition);
  return numbers;
}

/// What worker `worker` gets for what it tells, and from where on it is its own.
std::pair<std::vector<int32_t>, size_t> exchange(ProgressBoard& board, size_t worker,
                                                 const std::vector<PartitionProgress>& own) {
  std::vector<PartitionProgress> all = {partition(99)};
  size_t first_own = 99;
  board.exchange(worker, own, all, first_own);
  return {numbers(all), first_own};
}

TEST(ProgressBoard, IsEmptyAtFirst) { EXPECT_THAT(ProgressBoard(2).all(), IsEmpty()); }

TEST(ProgressBoard, KeepsTheOrderOfTheWorkersWhoeverTellsFirst) {
  ProgressBoard board(3);
  EXPECT_EQ(exchange(board, 2, {partition(20)}), std::pair(std::vector<int32_t>{20}, size_t{0}));
  EXPECT_EQ(exchange(board, 0, {partition(1), partition(2)}),
            std::pair(std::vector<int32_t>({1, 2, 20}), size_t{0}));
  EXPECT_EQ(exchange(board, 1, {partition(10)}),
            std::pair(std::vector<int32_t>({1, 2, 10, 20}), size_t{2}));
}

TEST(ProgressBoard, ReplacesWhatAWorkerHadTold) {
  ProgressBoard board(2);
  exchange(board, 0, {partition(1), partition(2)});
  exchange(board, 1, {partition(10)});
  exchange(board, 0, {partition(3)});
  EXPECT_THAT(numbers(board.all()), ElementsAre(3, 10));
  EXPECT_EQ(exchange(board, 1, {}), std::pair(std::vector<int32_t>{3}, size_t{1}));
}

}  // namespace
}  // namespace kpid
