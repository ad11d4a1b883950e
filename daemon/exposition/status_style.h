#pragma once

#include <string_view>

namespace kpid {

/// The style sheet of the status page. Colours of text and badges keep a contrast of at least 4.5
/// to 1 in both schemes.
inline constexpr std::string_view kStatusStyle = R"css(
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --ink: #1b2430; --muted: #5b6675; --line: #e1e5ea;
  --accent: #1d5fbf; --good: #17663a; --good-fill: #e0f3e7; --wait: #7a4b00; --wait-fill: #fdf0d5;
  --bad: #a1221b; --bad-fill: #fce5e3; --live: #1d5fbf; --live-fill: #e3edfb;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #11161d; --card: #19202a; --ink: #e6eaf0; --muted: #9aa6b5; --line: #2b3543;
    --accent: #7fb2ff; --good: #84d8a4; --good-fill: #17382a; --wait: #f0c063; --wait-fill: #3b2e12;
    --bad: #ff9d95; --bad-fill: #44201e; --live: #8dbbff; --live-fill: #1b3050;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 1.5rem 1rem 3rem; max-width: 76rem; background: var(--page);
  color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif;
}
a { color: var(--accent); text-decoration: none; }
a:hover, a:focus { text-decoration: underline; }
header { display: flex; flex-wrap: wrap; align-items: baseline; gap: .25rem 1rem; }
h1 { margin: 0; font-size: 1.6rem; letter-spacing: -.02em; }
h1 small { font-size: .9rem; font-weight: 400; color: var(--muted); letter-spacing: 0; }
nav { display: flex; flex-wrap: wrap; gap: .1rem 1rem; margin-left: auto; }
h2 { margin: 0; font-size: 1.05rem; overflow-wrap: anywhere; }
p { margin: .15rem 0 0; color: var(--muted); }
.stamp { margin: .35rem 0 1.25rem; }
section {
  background: var(--card); border: 1px solid var(--line); border-radius: 10px;
  padding: 1rem 1.1rem; margin-bottom: 1rem;
}
code {
  font: .85em/1.4 ui-monospace, "DejaVu Sans Mono", monospace; color: var(--muted);
  overflow-wrap: anywhere;
}
.table { overflow-x: auto; margin-top: .7rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .45rem .9rem .45rem 0; vertical-align: baseline; }
thead th { border-bottom: 1px solid var(--line); font-weight: 600; vertical-align: top; }
tbody tr + tr td { border-top: 1px solid var(--line); }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
th:last-child, td:last-child { padding-right: 0; }
.single { width: auto; }
.single th, .single td { text-align: left; padding-right: 2.5rem; }
td.number b { font-size: 1.1rem; font-weight: 600; }
.minor { display: block; font-size: .8rem; font-weight: 400; color: var(--muted); }
.badge {
  display: inline-block; padding: 0 .5em; border-radius: 1em; font-size: .78rem; font-weight: 600;
  white-space: nowrap;
}
.good { color: var(--good); background: var(--good-fill); }
.wait { color: var(--wait); background: var(--wait-fill); }
.bad { color: var(--bad); background: var(--bad-fill); }
.live { color: var(--live); background: var(--live-fill); }
)css";

}  // namespace kpid
