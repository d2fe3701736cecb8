// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "report/paint.h"

using namespace zonecalc;

TEST_CASE("paint: differences and verdicts by line, all else as it is") {
    CHECK(painted(
              "--- a\n+++ b\n@@ -1 +1 @@\n-old\n+new\n same\n\n  FAIL x:1:1 y\n  ok   z\nlog  DIFFERS  equal\n  Memory  differs") ==
          "\x1b[1m--- a\x1b[0m\n\x1b[1m+++ b\x1b[0m\n\x1b[2m@@ -1 +1 @@\x1b[0m\n\x1b[31m-old\x1b[0m\n\x1b[32m+new\x1b[0m\n"
          " same\n\n\x1b[31m  FAIL x:1:1 y\x1b[0m\n\x1b[32m  ok   z\x1b[0m\n\x1b[31mlog  DIFFERS  equal\x1b[0m\n"
          "\x1b[31m  Memory  differs\x1b[0m");
    CHECK(painted("") == "");
    CHECK(painted("plain\n") == "plain\n");
}
