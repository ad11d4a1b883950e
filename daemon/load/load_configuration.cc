#include "daemon/load/load_configuration.h"

#include <fmt/format.h>

#include <string_view>

#include "daemon/load/sales_generator.h"
#include "pipeline/window/window_spec.h"

namespace kpid {
namespace {

constexpr std::string_view kFields = R"(      order_id: string
      customer: string
      region: string
      amount: decimal
      items: int
      type: string
      channel: string
      payment: string
      paid: bool
      campaign: string
      device: string
)";

constexpr std::string_view kKpis = R"(kpis:
  orders:
    help: Orders.
    formula: count(sales where type == 'order')
    windows: [5m every 10s, 1h every 1m]
    by: [region]
  revenue:
    help: Value of all orders.
    formula: sum(sales.amount where type == 'order')
    windows: [5m every 10s, 1h every 1m]
    by: [region]
    unit: eur
  conversion:
    help: Orders for each visit.
    formula: count(sales where type == 'order') / count(sales where type == 'visit')
    windows: [5m every 10s, 1h every 1m]
    by: [region]
  customer_revenue:
    help: Value of a customer's orders.
    formula: sum(sales.amount where type == 'order')
    windows: [5m every 10s, 1h every 1m]
    by: [customer]
    unit: eur
)";

/// In YAML's single quotes.
std::string quoted(std::string_view text) {
  std::string result = "'";
  for (const char letter : text) {
    result += letter;
    if (letter == '\'') result += letter;
  }
  return result + "'";
}

/// "a:1,b:2" as a list of YAML.
std::string list_of(std::string_view servers) {
  std::string list = "[";
  for (size_t begin = 0; begin <= servers.size();) {
    const size_t end = std::min(servers.find(',', begin), servers.size());
    if (begin != 0) list += ", ";
    list += quoted(servers.substr(begin, end - begin));
    begin = end + 1;
  }
  return list + "]";
}

}  // namespace

std::string configuration_for_load(const GenerateLoadOptions& options) {
  const SalesShape& shape = options.shape;
  std::string text;
  if (!options.kafka.bootstrap_servers.empty()) {
    text +=
        fmt::format("kafka:\n  bootstrap_servers: {}\n", list_of(options.kafka.bootstrap_servers));
    if (!options.kafka.properties.empty()) text += "  # properties: those of --kafka.property\n";
  }
  text += fmt::format(
      "sources:\n  sales:\n    topic: {}\n    format: json\n"
      "    time: {{field: ts, format: unix_ms}}\n    disorder: {}\n    fields:\n{}",
      quoted(options.kafka.topic), format_duration(shape.disorder), kFields);
  for (uint32_t number = 1; number <= shape.extra_fields; ++number) {
    text += fmt::format("      {}: int\n", extra_field_name(number));
  }
  text += kKpis;
  return text;
}

}  // namespace kpid
