// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "input/library.h"
#include "refusal.h"

using namespace zonecalc;

namespace {

std::string error_of(const std::string& name, const std::string& beside = {}) {
    const std::string said = refusal([&] { load_kernel(name, beside); }, "none");
    return said.substr(0, said.find_last_not_of('\n') + 1);
}

// A folder of the test's own, gone afterwards.
class Folder {
public:
    Folder() : path_(std::filesystem::temp_directory_path() / ("zonecalc-test-library-" + std::to_string(getpid()))) {
        std::filesystem::create_directories(path_);
    }
    ~Folder() { std::filesystem::remove_all(path_); }
    std::string file(const std::string& name, const std::string& text) const {
        std::ofstream(path_ / name) << text;
        return (path_ / name).string();
    }
    std::string operator/(const std::string& name) const { return (path_ / name).string(); }

private:
    std::filesystem::path path_;
};

std::string minimal(const std::string& release, const std::string& arch, const std::string& more = {}) {
    return "schema = 1\n[kernel]\nrelease = \"" + release + "\"\narch = \"" + arch + "\"\n" + more;
}

}  // namespace

TEST_CASE("library: every shipped kernel loads under its name") {
    const std::vector<std::string> names = shipped_kernels();
    CHECK(names.size() >= 33);
    for (const std::string& name : names) {
        CAPTURE(name);
        const Kernel k = load_kernel(name);
        CHECK(k.profile == name);
        CHECK(name.find("-" + std::string(to_string(k.arch))) != std::string::npos);
        CHECK(name.starts_with(std::to_string(k.version.major) + "." + std::to_string(k.version.minor) + "-"));
        CHECK(!k.source.empty());
        CHECK(k.size_of("page") != 0);
    }
}

TEST_CASE("library: kernels are listed by architecture and release, not by letters") {
    std::vector<std::string> x86_64;
    for (const std::string& name : shipped_kernels())
        if (name.find("-x86_64") != std::string::npos) x86_64.push_back(name);
    CHECK(x86_64 == std::vector<std::string>{"4.19-x86_64", "5.4-x86_64", "5.10-x86_64", "5.15-x86_64", "5.19-x86_64", "6.1-x86_64",
                                             "6.6-x86_64", "6.8-x86_64", "6.12-x86_64", "6.12-x86_64-cloud", "6.18-x86_64",
                                             "7.1-x86_64"});
}

TEST_CASE("library: a recorded build keeps its names") {
    const Kernel k = load_kernel("6.1-x86_64");
    CHECK(k.release == "6.1.0-56-amd64");
    CHECK(k.version == Version{6, 1, 192});
    CHECK(k.confirmation == Confirmation::recorded);
    CHECK(k.source == "Debian package linux-image-6.1.0-56-amd64");
}

TEST_CASE("library: releases between shipped ones are like the nearest older one") {
    const Kernel k = load_kernel("5.17-x86_64");
    CHECK(k.profile == "5.17-x86_64");
    CHECK(k.release == "5.17.0");
    CHECK(k.version == Version{5, 17, 0});
    CHECK(k.confirmation == Confirmation::derived);
    CHECK(k.source == "Linux 5.17.0 with the config of 5.15-x86_64");
    CHECK(k.config == load_kernel("5.15-x86_64").config);
    CHECK(!k.behaviours.movable_start_past_node_end_is_dropped);
    CHECK(load_kernel("5.17.2-x86_64").behaviours.movable_start_past_node_end_is_dropped);

    CHECK(load_kernel("6.6-x86_64").version == Version{6, 6, 87});
    CHECK(load_kernel("6.6.3-x86_64").source == "Linux 6.6.3 with the config of 6.6-x86_64");
    CHECK(load_kernel("6.12.5-x86_64-cloud").source == "Linux 6.12.5 with the config of 6.12-x86_64-cloud");
    CHECK(load_kernel("7.1.9-x86_64").version == Version{7, 1, 9});
    // 5.5 to 5.8 of arm64 have a ZONE_DMA that the config of 5.4 does not know
    CHECK(load_kernel("5.8-arm64").has_zone(ZoneType::DMA));
    CHECK(!load_kernel("5.4-arm64").has_zone(ZoneType::DMA));
    // the same choice of the largest order, though the option's value differs
    CHECK(load_kernel("6.6-arm64").max_order == load_kernel("6.1-arm64").max_order);
}

TEST_CASE("library: another sublevel of a recorded release is derived, the very one is not") {
    const Kernel other = load_kernel("6.1.77-arm64");
    CHECK(other.release == "6.1.77");
    CHECK(other.confirmation == Confirmation::derived);
    const Kernel same = load_kernel("5.10.89-x86_64");
    CHECK(same.profile == "5.10-x86_64");
    CHECK(same.confirmation == Confirmation::recorded);
}

TEST_CASE("library: names that lead nowhere") {
    CHECK(error_of("6.1-x86_46") == "zonecalc: error: no kernel profile '6.1-x86_46'; did you mean '6.1-x86_64'?");
    CHECK(error_of("linux") ==
          "zonecalc: error: no kernel profile 'linux'; names are RELEASE-ARCH[-FLAVOUR], such as 6.1-x86_64 or 6.6.87-arm64");
    CHECK(error_of("3.2-x86_64") == "zonecalc: error: no kernel profile for '3.2-x86_64': those of x86_64 go from 4.19 to 7.1");
    CHECK(error_of("9.0-x86_64") == "zonecalc: error: no kernel profile for '9.0-x86_64': those of x86_64 go from 4.19 to 7.1");
    CHECK(error_of("6.20-x86_64") == "zonecalc: error: no kernel profile '6.20-x86_64': Linux 6.19 was followed by 7.0");
    CHECK(error_of("6.6-x86_64-cloud") ==
          "zonecalc: error: no kernel profile for '6.6-x86_64-cloud': the oldest of that flavour is 6.12-x86_64-cloud");
    CHECK(error_of("6.6-x86_64-rt").find("has no flavour 'rt'; profiles are: 4.19-x86_64, ") != std::string::npos);
    CHECK(error_of("") == "zonecalc: error: no kernel profile is named");
    CHECK(error_of("..").find("no kernel profile") != std::string::npos);
    CHECK(error_of("no/such.toml").find("no/such.toml: error: cannot open") == 0);
}

TEST_CASE("library: a kernel beside the board comes first, by name and by path") {
    const Folder folder;
    folder.file("mine.toml", minimal("6.1.5", "x86_64", "like = \"6.1-x86_64\"\n[config]\nNODES_SHIFT = 2\n"));
    const std::string board = folder / "board.toml";
    for (const std::string name : {"mine", "mine.toml", "./mine.toml"}) {
        CAPTURE(name);
        const Kernel k = load_kernel(name, board);
        CHECK(k.release == "6.1.5");
        CHECK(k.max_numnodes == 4);
        CHECK(k.confirmation == Confirmation::derived);
        CHECK(k.size_of("page") == 64);
    }
    CHECK(error_of("mine", "<stdin>").find("no kernel profile 'mine'") != std::string::npos);
    CHECK(load_kernel(folder / "mine.toml").release == "6.1.5");
}

TEST_CASE("library: a chain of 'like' ends, and stays on one architecture") {
    const Folder folder;
    const std::string a = folder.file("a.toml", minimal("6.1.5", "x86_64", "like = \"b\"\n"));
    folder.file("b.toml", minimal("6.1.5", "x86_64", "like = \"a.toml\"\n"));
    CHECK(error_of(a).find("its chain of 'like' comes back to itself") != std::string::npos);
    const std::string other = folder.file("other.toml", minimal("6.1.5", "arm64", "like = \"6.1-x86_64\"\n"));
    CHECK(error_of(other).find("is like '6.1-x86_64', which is of another architecture (x86_64)") != std::string::npos);
    const std::string unknown = folder.file("unknown.toml", minimal("6.1.5", "arm64", "like = \"6.1-arm46\"\n"));
    CHECK(error_of(unknown).find("'like' names the unknown kernel profile '6.1-arm46'; did you mean '6.1-arm64'?") !=
          std::string::npos);
}

TEST_CASE("library: the newest plain profile is an architecture's default") {
    CHECK(default_kernel(Arch::x86_64) == "7.1-x86_64");
    CHECK(default_kernel(Arch::i386) == "6.1-i386");
    CHECK(default_kernel(Arch::arm) == "6.1-arm");
    CHECK(default_kernel(Arch::arm64) == "7.1-arm64");
    CHECK(default_kernel(Arch::riscv64) == "6.12-riscv64");
}

TEST_CASE("library: an unknown board gets a suggestion") {
    CHECK(refusal_in_words([] {
              load_board("no-such-board-at-all");
          }).starts_with("no board 'no-such-board-at-all': neither a file nor a shipped board"));
}
