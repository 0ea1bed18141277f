// SPDX-License-Identifier: Apache-2.0
#include "meta138/operator/watch/top.hpp"

#include "meta138/base/process.hpp"
#include "meta138/operator/watch/screen.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <string>
#include <string_view>

namespace meta138::op {
namespace {

volatile std::sig_atomic_t is_stopped = 0;

void stop(int /*signal*/) {
    is_stopped = 1;
}

/// The terminal while the screen has it: keys come one by one, and the user's text comes back
/// afterwards.
class Terminal {
public:
    Terminal() {
        tcgetattr(STDIN_FILENO, &before_);
        auto raw = before_;
        raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
        tcsetattr(STDIN_FILENO, TCSANOW, &raw);
        show("\x1b[?1049h\x1b[?25l");  // the alternate screen, without a cursor
        struct sigaction action{};
        action.sa_handler = stop;
        sigaction(SIGINT, &action, nullptr);
        sigaction(SIGTERM, &action, nullptr);
        sigaction(SIGHUP, &action, nullptr);
    }
    ~Terminal() {
        show("\x1b[?25h\x1b[?1049l");
        tcsetattr(STDIN_FILENO, TCSANOW, &before_);
    }
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;

    static void show(std::string_view text) {
        std::fwrite(text.data(), 1, text.size(), stdout);
        std::fflush(stdout);
    }

    /// Line by line over what is there: clearing the screen first would flicker.
    static void repaint(std::string_view text) {
        std::string all = "\x1b[H";
        for (const auto character : text) {
            if (character == '\n') all += "\x1b[K";
            all += character;
        }
        show(all + "\x1b[K\x1b[J");
    }

    /// What was typed within the time; empty if nothing was.
    static std::string read_keys(std::chrono::milliseconds time) {
        pollfd input{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
        if (poll(&input, 1, static_cast<int>(time.count())) <= 0) return {};
        std::array<char, 64> buffer{};
        const auto size = read(STDIN_FILENO, buffer.data(), buffer.size());
        if (size == 0) is_stopped = 1;  // the terminal has gone
        return {buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
    }

private:
    termios before_{};
};

void fit(ScreenOptions& screen) {
    winsize size{};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return;
    screen.columns = size.ws_col;
    screen.rows = size.ws_row;
}

void go_to(ScreenOptions& screen, std::size_t page) {
    screen.page = static_cast<Page>(page % page_count);
    screen.scroll = 0;
}

/// False: the user has had enough.
bool obey(std::string_view typed, ScreenOptions& screen) {
    const auto page = static_cast<std::size_t>(screen.page);
    if (typed == "\x1b[B") typed = "j";
    if (typed == "\x1b[A") typed = "k";
    if (typed == "\x1b[C") typed = "\t";
    if (typed == "\x1b[D") typed = "h";
    for (const auto key : typed) {
        if (key == 'q' || key == '\x04') return false;
        if (key >= '1' && key < static_cast<char>('1' + page_count))
            go_to(screen, static_cast<std::size_t>(key - '1'));
        if (key == '\t' || key == 'l') go_to(screen, page + 1);
        if (key == 'h') go_to(screen, page + page_count - 1);
        if (key == 'j') ++screen.scroll;
        if (key == 'k' && screen.scroll != 0) --screen.scroll;
        if (key == '?') screen.shows_keys = !screen.shows_keys;
    }
    return true;
}

}  // namespace

void run_top(ObserverOptions options, std::chrono::milliseconds interval) {
    Observer observer{std::move(options)};
    ScreenOptions screen{.colour = may_colour(STDOUT_FILENO), .shows_keys = true};
    if (isatty(STDOUT_FILENO) == 0 || isatty(STDIN_FILENO) == 0) {
        screen = {.columns = 160, .rows = 0, .colour = false};
        fmt::print("{}", draw(observer.look(), screen));
        return;
    }
    const Terminal terminal;
    while (is_stopped == 0) {
        const auto snapshot = observer.look();
        const auto next = std::chrono::steady_clock::now() + interval;
        while (is_stopped == 0) {
            fit(screen);
            auto text = draw(snapshot, screen);
            text.pop_back();  // the last line feed would scroll
            Terminal::repaint(text);
            const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
                next - std::chrono::steady_clock::now());
            if (left.count() <= 0) break;
            const auto typed = Terminal::read_keys(left);
            if (!obey(typed, screen)) return;
            if (typed.empty() || typed == " ") break;
        }
    }
}

}  // namespace meta138::op
