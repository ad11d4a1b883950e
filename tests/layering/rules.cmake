# THE TABLE IS THE ARCHITECTURE. Think before you loosen a line of it.
# What no line of a folder's sources may match: includes that point up, libraries of other layers,
# and in the engine whatever knows the time or runs beside it.
set(pipeline_forbids
  "\"(config|daemon)/|<(librdkafka|prometheus|yaml-cpp|spdlog|microhttpd|sqlite3|CLI)[/.]|::now\\(|sleep_for|sleep_until|<thread>|<mutex>|<condition_variable>|<future>|<fstream>")
set(config_forbids
  "\"daemon/|<(librdkafka|prometheus|spdlog|microhttpd|sqlite3)[/.]|::now\\(|sleep_for|<thread>")
set(daemon_forbids
  "<yaml-cpp[/.]|\"tests/")
