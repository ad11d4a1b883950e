#include "daemon/store/checkpoint_writer.h"

#include <utility>

#include "pipeline/check.h"

namespace kpid {

CheckpointWriter::CheckpointWriter(CheckpointStore& store) : store_(store) {}

// The future of an asynchronous call waits for it when it is destroyed.
CheckpointWriter::~CheckpointWriter() = default;

bool CheckpointWriter::busy() const { return in_flight_.valid(); }

void CheckpointWriter::start(Checkpoint checkpoint) {
  KPID_ASSERT(!busy());
  in_flight_ = std::async(std::launch::async, [this, checkpoint = std::move(checkpoint)] {
    const auto begin = std::chrono::steady_clock::now();
    auto result = store_.save(checkpoint);
    return Outcome{std::move(result), std::chrono::steady_clock::now() - begin};
  });
}

std::optional<CheckpointWriter::Outcome> CheckpointWriter::poll() {
  if (!busy() || in_flight_.wait_for(std::chrono::seconds{0}) != std::future_status::ready) {
    return std::nullopt;
  }
  return in_flight_.get();
}

CheckpointWriter::Outcome CheckpointWriter::wait() {
  KPID_ASSERT(busy());
  return in_flight_.get();
}

}  // namespace kpid
