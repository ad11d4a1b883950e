#include "daemon/kafka/topic_refusals.h"

#include <fmt/format.h>

namespace kpid {

std::string no_right_to_read(std::string_view topic) {
  return fmt::format(
      "topic {} may not be read: give kpid's user the rights Describe and Read on it", topic);
}

void TopicRefusals::mark(std::vector<TopicStatus>& topics, SteadyTime now) const {
  for (const auto& [which, since] : since_) {
    if (now - since < lasting_after_) continue;
    for (TopicStatus& topic : topics) {
      if (topic.topic != which.topic) continue;
      topic.presence = TopicStatus::Presence::kRefused;
      topic.refusal = no_right_to_read(topic.topic);
    }
  }
}

}  // namespace kpid
