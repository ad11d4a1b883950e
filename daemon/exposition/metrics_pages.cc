#include "daemon/exposition/metrics_pages.h"

#include "daemon/exposition/gzip.h"
#include "daemon/exposition/kpi_page.h"

namespace kpid {

namespace {

// The memory of a page that no scraper reads any more, for the next one, which is about as large;
// of one that had become much smaller than its memory it is given back.
std::string take_buffer(std::shared_ptr<std::string> page) {
  if (page == nullptr || page.use_count() > 1 || page->size() < page->capacity() / 4) return {};
  return std::move(*page);
}

}  // namespace

std::shared_ptr<const std::string> MetricsPages::get(
    const std::shared_ptr<const Publication>& publication, PageFormat format, bool gzipped,
    EventTime clock) {
  Page& page = pages_[static_cast<size_t>(format)];
  if (!is_current(page, publication, clock)) {
    auto plain = std::make_shared<std::string>(
        write(*publication, format, clock, take_buffer(std::move(page.plain))));
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
                                std::string buffer) {
  PageWriter page(format, std::move(buffer));
  if (publication.snapshot != nullptr)
    write_snapshot(page, *publication.snapshot, prefix_, labels_);
  probe_.write_to(page, clock);
  return page.finish();
}

}  // namespace kpid
