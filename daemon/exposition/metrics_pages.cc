#include "daemon/exposition/metrics_pages.h"

#include "daemon/exposition/gzip.h"
#include "daemon/exposition/kpi_page.h"

namespace kpid {

std::shared_ptr<const std::string> MetricsPages::get(
    const std::shared_ptr<const Publication>& publication, PageFormat format, bool gzipped,
    EventTime clock) {
  Page& page = pages_[static_cast<size_t>(format)];
  if (!is_current(page, publication, clock)) {
    // The next page is about as large as the last: a sixteenth more, and it need not grow.
    const size_t last_size = page.plain == nullptr ? 0 : page.plain->size();
    auto plain = std::make_shared<const std::string>(
        write(*publication, format, clock, last_size + last_size / 16));
    page = {std::move(plain), nullptr, publication, clock};
  }
  if (!gzipped) return page.plain;
  if (page.gzipped == nullptr) {
    page.gzipped = std::make_shared<const std::string>(gzip(*page.plain));
  }
  return page.gzipped;
}

bool MetricsPages::is_current(const Page& page,
                              const std::shared_ptr<const Publication>& publication,
                              EventTime clock) const {
  // A clock that was set back makes a new page, too.
  return page.plain != nullptr && page.publication == publication && clock >= page.made_at &&
         clock - page.made_at < kLongestUse;
}

std::string MetricsPages::write(const Publication& publication, PageFormat format, EventTime clock,
                                size_t expected_size) {
  PageWriter page(format);
  page.expect_size(expected_size);
  if (publication.snapshot != nullptr)
    write_snapshot(page, *publication.snapshot, prefix_, labels_);
  probe_.write_to(page, clock);
  return page.finish();
}

}  // namespace kpid
