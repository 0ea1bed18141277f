// SPDX-License-Identifier: Apache-2.0
#include "network/run_folder.hpp"

#include "network/ports.hpp"

#include "meta138/operator/network/network_file.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <thread>

namespace meta138::op {
namespace {

namespace fs = std::filesystem;

/// A folder of its own for each test.
class RunFolder : public testing::Test {
protected:
    RunFolder() { fs::create_directories(folder); }
    ~RunFolder() override { fs::remove_all(folder); }
    RunFolder(const RunFolder&) = delete;
    RunFolder& operator=(const RunFolder&) = delete;

    const fs::path folder = fs::path{testing::TempDir()} /
                            (std::string{"run-folder-"} + std::to_string(::getpid()) + "-" +
                             testing::UnitTest::GetInstance()->current_test_info()->name());
};

TEST_F(RunFolder, one_supervisor_at_a_time) {
    auto lock = lock_run_folder(folder);
    EXPECT_TRUE(lock);
    EXPECT_FALSE(lock_run_folder(folder));
    lock.reset();
    EXPECT_TRUE(lock_run_folder(folder));
}

TEST_F(RunFolder, is_for_its_owner_alone) {
    const auto lock = lock_run_folder(folder);
    EXPECT_EQ(fs::status(run_folder(folder)).permissions(), fs::perms::owner_all);
}

TEST_F(RunFolder, knows_a_process_by_when_it_started) {
    const auto lock = lock_run_folder(folder);
    write_pid_file(folder, "a", ::getpid());
    EXPECT_EQ(find_running(folder, "a"), ::getpid());
    std::ofstream{folder / "run" / "b.pid"} << ::getpid() << " 1\n";  // another of the same id
    EXPECT_EQ(find_running(folder, "b"), std::nullopt);
    remove_pid_file(folder, "a");
    EXPECT_EQ(find_running(folder, "a"), std::nullopt);
}

TEST_F(RunFolder, its_socket_may_be_at_the_end_of_a_long_path) {
    const auto deep = folder / std::string(120, 'x');
    fs::create_directories(deep);
    const auto lock = lock_run_folder(deep);
    EXPECT_FALSE(connect_to_control(deep));
    const auto listener = listen_for_control(deep);
    EXPECT_TRUE(connect_to_control(deep));
    EXPECT_EQ(fs::status(deep / "run" / "control.sock").permissions() & fs::perms::others_all,
              fs::perms::none);
}

TEST_F(RunFolder, last_lines_are_those_at_the_end) {
    std::ofstream{folder / "log"} << "one\ntwo\nthree\n";
    EXPECT_EQ(last_lines(folder / "log", 2), "    two\n    three\n");
    EXPECT_EQ(last_lines(folder / "log", 9), "    one\n    two\n    three\n");
    EXPECT_EQ(last_lines(folder / "absent", 2), "");
}

TEST_F(RunFolder, a_log_that_is_too_large_begins_anew) {
    const auto log = folder / "log";
    std::ofstream writer{log, std::ios::app};
    for (const auto* text : {"first", "second", "third"}) {
        writer << text << std::flush;
        rotate_log(log, 1, 2);
    }
    writer << "fourth" << std::flush;
    EXPECT_EQ(read_file(log), "fourth");
    EXPECT_EQ(read_file(folder / "log.1"), "third");
    EXPECT_EQ(read_file(folder / "log.2"), "second");
    EXPECT_FALSE(fs::exists(folder / "log.3"));
    rotate_log(log, 100, 2);
    EXPECT_EQ(read_file(log), "fourth");
}

// On a file system that cannot take blocks off a file (neither ext4 nor XFS) this may lose a line.
TEST_F(RunFolder, no_line_is_lost_when_a_log_begins_anew_while_it_is_written) {
    const auto log = folder / "log";
    constexpr unsigned kept = 400;
    constexpr int lines = 20'000;
    std::atomic<bool> has_ended{false};
    std::jthread writer{[&] {
        const Descriptor out{::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640)};
        for (int i = 0; i < lines; ++i) {
            const auto line = "line " + std::to_string(i) + std::string(60, '.') + "\n";
            EXPECT_EQ(::write(out.get(), line.data(), line.size()),
                      static_cast<ssize_t>(line.size()));
        }
        has_ended = true;
    }};
    while (!has_ended) rotate_log(log, 16'384, kept);
    rotate_log(log, 1, kept);
    std::set<std::string> found;
    unsigned files = 0;
    for (const auto& file : fs::directory_iterator{folder}) {
        std::ifstream in{file.path()};
        for (std::string line; std::getline(in, line);) found.insert(line);
        ++files;
    }
    ASSERT_LT(files, kept);  // else some have been dropped on purpose
    EXPECT_GT(files, 1U);
    for (int i = 0; i < lines; ++i)
        ASSERT_TRUE(found.contains("line " + std::to_string(i) + std::string(60, '.'))) << i;
}

TEST_F(RunFolder, a_detached_command_runs_in_its_folder_and_writes_to_its_log) {
    const auto log = folder / "log";
    const int pid = start_detached({.words = {"/bin/pwd"}, .folder = folder, .log = log});
    const auto process = open_process(pid);
    for (int i = 0; i < 1000 && !fs::file_size(log); ++i) ::usleep(1000);
    EXPECT_EQ(read_file(log), fs::canonical(folder).string() + "\n");
    siginfo_t how{};
    ::waitid(P_PID, static_cast<id_t>(pid), &how, WEXITED | WNOWAIT);
    EXPECT_EQ(exit_of_process(process), (ProcessExit{ProcessExit::Kind::code, 0}));
}

TEST(RunCommand, tells_how_it_ended_and_what_it_wrote) {
    const auto result = run_command({"/bin/sh", "-c", "echo out; echo err >&2; exit 3"});
    EXPECT_EQ(result.exit, (ProcessExit{ProcessExit::Kind::code, 3}));
    EXPECT_EQ(result.output, "out\nerr\n");
    EXPECT_EQ(run_command({"/bin/sh", "-c", "kill -9 $$"}).exit,
              (ProcessExit{ProcessExit::Kind::signal, SIGKILL}));
    EXPECT_THROW(static_cast<void>(run_command({"/absent"})), NetworkError);
}

TEST(Ports, a_port_that_somebody_listens_on_is_taken_and_told_by_whom) {
    const Descriptor listener{::socket(AF_INET, SOCK_STREAM, 0)};
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ASSERT_EQ(::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    ASSERT_EQ(::listen(listener.get(), 1), 0);
    socklen_t size = sizeof address;
    ::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size);
    const auto port = ntohs(address.sin_port);
    EXPECT_FALSE(is_free_port(port));
    EXPECT_TRUE(who_listens_on(port).starts_with("process " + std::to_string(::getpid()) + " ("));
}

}  // namespace
}  // namespace meta138::op
