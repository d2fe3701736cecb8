// SPDX-License-Identifier: MIT
#include "cli/output.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace zonecalc::cli {

namespace {

// Throws what errno says.
[[noreturn]] void fail(std::string_view what) {
    const int error = errno;
    throw OutputError(fmt::format("{}: {}", what, std::strerror(error)), error == EPIPE);
}

void write_all(int fd, std::string_view data, std::string_view name) {
    while (!data.empty()) {
        const ssize_t n = ::write(fd, data.data(), data.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) fail(name);
        data.remove_prefix(static_cast<std::size_t>(n));
    }
}

// A descriptor that is closed, and a file that is removed, unless all went well.
class TemporaryFile {
public:
    TemporaryFile(const std::string& target, mode_t mode) : target_(target) {
        // O_EXCL, so that nobody's file is taken; a few tries, so that leftovers don't matter.
        for (unsigned attempt = 0; fd_ < 0 && attempt < 100; ++attempt) {
            path_ = fmt::format("{}.{}.{}.tmp", target, ::getpid(), attempt);
            fd_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
            if (fd_ < 0 && errno != EEXIST) break;
        }
        if (fd_ < 0) fail(target_);
    }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    ~TemporaryFile() {
        if (fd_ >= 0) ::close(fd_);
        if (!done_) ::unlink(path_.c_str());
    }

    int fd() const { return fd_; }
    void become_target() {
        const int fd = std::exchange(fd_, -1);
        if (::close(fd) != 0) fail(target_);
        if (::rename(path_.c_str(), target_.c_str()) != 0) fail(target_);
        done_ = true;
    }

private:
    std::string target_;
    std::string path_;
    int fd_ = -1;
    bool done_ = false;
};

void write_file(std::string_view result, const std::string& path) {
    struct stat info {};
    const bool exists = ::stat(path.c_str(), &info) == 0;
    // Devices and pipes are written to, never replaced.
    if (exists && !S_ISREG(info.st_mode)) {
        const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY);
        if (fd < 0) fail(path);
        struct Closer {
            int fd;
            ~Closer() { ::close(fd); }
        } closer{fd};
        write_all(fd, result, path);
        return;
    }
    // A symbolic link stays one: its target is replaced. So does the mode of the file.
    std::string target = path;
    if (exists) {
        char real[PATH_MAX];
        if (::realpath(path.c_str(), real)) target = real;
        if (::access(target.c_str(), W_OK) != 0) fail(path);
    }
    TemporaryFile file(target, 0666);
    if (exists && ::fchmod(file.fd(), info.st_mode & 07777) != 0) fail(path);
    write_all(file.fd(), result, path);
    file.become_target();
}

}  // namespace

void write_result(std::string_view result, const std::optional<std::string>& path) {
    if (path && path->starts_with('+'))
        throw UsageError(
            fmt::format("--output: {} is no name of a file; --columns {} adds columns to a table; a file of that name "
                        "is ./{}",
                        in_quotes(*path), *path, *path));
    if (path && *path != "-")
        write_file(result, *path);
    else
        write_all(STDOUT_FILENO, result, "standard output");
}

void add_output(Syntax& syntax, std::optional<std::string>& path) {
    syntax.group("Output");
    syntax.option("-o,--output", "FILE", path, "write to FILE, as a whole or not at all");
}

void complain(std::string_view severity, std::string_view message) {
    const std::string text = fmt::format("zonecalc: {}: {}\n", severity, message);
    std::fwrite(text.data(), 1, text.size(), stderr);
}

void complain(const InputError& error) {
    if (error.diagnostics().empty()) {
        complain("error", error.what());
        return;
    }
    for (const Diagnostic& d : error.diagnostics()) {
        std::string text = format(d);
        if (text.empty() || text.back() != '\n') text += '\n';
        std::fwrite(text.data(), 1, text.size(), stderr);
    }
}

void add_color(Syntax& syntax, Color& color) {
    syntax.choice<Color>("--color", color, {{"auto", Color::automatic}, {"always", Color::always}, {"never", Color::never}},
                         "when to colour the text");
}

bool use_unicode() {
    for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
        const char* value = std::getenv(name);
        if (!value || !*value) continue;
        std::string locale(value);
        std::transform(locale.begin(), locale.end(), locale.begin(), [](unsigned char c) { return std::tolower(c); });
        return locale.find("utf-8") != std::string::npos || locale.find("utf8") != std::string::npos;
    }
    return false;
}

std::optional<unsigned> terminal_width(const std::optional<std::string>& path) {
    if (path && *path != "-") return std::nullopt;
    struct winsize size {};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return std::nullopt;
    return size.ws_col;
}

bool use_color(Color wish, const std::optional<std::string>& path) {
    if (wish != Color::automatic) return wish == Color::always;
    if (path && *path != "-") return false;
    if (const char* no = std::getenv("NO_COLOR"); no && *no) return false;
    if (const char* term = std::getenv("TERM"); !term || std::strcmp(term, "dumb") == 0) return false;
    return ::isatty(STDOUT_FILENO) == 1;
}

}  // namespace zonecalc::cli
