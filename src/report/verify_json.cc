// SPDX-License-Identifier: MIT
// Schema "zonecalc.verify/1".
#include <nlohmann/json.hpp>

#include "report/verify.h"

namespace zonecalc {

namespace {

using Json = nlohmann::ordered_json;

// "not in the log" → "not_in_the_log"
std::string id(std::string_view words) {
    std::string out(words);
    for (char& c : out)
        if (c == ' ') c = '_';
    return out;
}

constexpr Verdict all_verdicts[] = {Verdict::equal, Verdict::differs,      Verdict::absent,
                                    Verdict::cut,   Verdict::not_computed, Verdict::given};

}  // namespace

std::string verify_json(const std::vector<LogResult>& results) {
    Json logs = Json::array(), total = Json::object();
    std::size_t unusable = 0;
    for (const LogResult& r : results) {
        Json log{{"log", r.log}};
        if (r.unusable) {
            ++unusable;
            log["unusable"] = *r.unusable;
            logs.push_back(std::move(log));
            continue;
        }
        log["board"] = r.board;
        log["kernel"] = Json{{"release", r.release}, {"profile", r.kernel}};
        Json groups = Json::array();
        for (const GroupResult& g : r.groups) {
            Json group{{"name", g.name}, {"verdict", id(to_string(g.verdict))}};
            if (!g.diff.empty()) group["diff"] = g.diff;
            if (!g.remarks.empty()) group["depends_on"] = g.remarks;
            groups.push_back(std::move(group));
        }
        log["groups"] = std::move(groups);
        log["assumed"] = r.assumed;
        logs.push_back(std::move(log));
    }
    for (const Verdict v : all_verdicts) {
        std::size_t n = 0;
        for (const LogResult& r : results) n += r.count(v);
        total[id(to_string(v))] = n;
    }
    Json answer{{"schema", "zonecalc.verify/1"}, {"logs", std::move(logs)}, {"total", std::move(total)}};
    answer["total"]["logs"] = results.size();
    answer["total"]["unusable_logs"] = unusable;
    return answer.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace zonecalc
