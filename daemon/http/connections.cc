#include "daemon/http/connections.h"

namespace kpid {

int Connections::opened(int descriptor, Instant now) {
  const int displaced = waiting_.size() >= most_ ? take_oldest() : -1;
  places_[descriptor] = waiting_.insert(waiting_.end(), {descriptor, now});
  return displaced;
}

void Connections::answered(int descriptor, Instant now) {
  const auto place = places_.find(descriptor);
  if (place == places_.end()) return;  // cut already, its last answer just went through
  place->second->since = now;
  waiting_.splice(waiting_.end(), waiting_, place->second);
}

void Connections::closed(int descriptor) {
  const auto place = places_.find(descriptor);
  if (place == places_.end()) return;
  waiting_.erase(place->second);
  places_.erase(place);
}

int Connections::overdue(Instant now) { return now < next_deadline() ? -1 : take_oldest(); }

Connections::Instant Connections::next_deadline() const {
  return waiting_.empty() ? Instant::max() : waiting_.front().since + deadline_;
}

int Connections::take_oldest() {
  if (waiting_.empty()) return -1;
  const int descriptor = waiting_.front().descriptor;
  closed(descriptor);
  return descriptor;
}

}  // namespace kpid
