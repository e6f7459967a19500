import Glibc

/// A program that a test needs; ended with the value.
package final class ChildProcess: Sendable {
    package let id: Int32

    /// `words[0]` is a path. Its output goes to `output`, else nowhere.
    package init(_ words: [String], environment: [String: String] = [:], output: String? = nil) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        let target = output ?? "/dev/null"
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, target, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        // The threads of tests block signals, and a program that inherits that cannot be ended.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var noSignals = sigset_t()
        sigemptyset(&noSignals)
        posix_spawnattr_setsigmask(&attributes, &noSignals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        let arguments = words.map { strdup($0) } + [nil]
        let variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { (arguments + variables).forEach { free($0) } }
        var id: Int32 = 0
        let status = posix_spawn(&id, words[0], &actions, &attributes, arguments, variables)
        precondition(status == 0, "\(words[0]) could not be started")
        self.id = id
    }

    /// Ends it without asking. It is gone when this returns.
    package func kill() {
        Glibc.kill(id, SIGKILL)
        var information = siginfo_t()
        while waitid(P_PID, id_t(id), &information, WEXITED | WNOWAIT) < 0, errno == EINTR {}
    }

    deinit {
        Glibc.kill(id, SIGTERM)
        var status: Int32 = 0
        let ended = eventually(within: .seconds(5)) { waitpid(id, &status, WNOHANG) != 0 }
        if !ended {
            Glibc.kill(id, SIGKILL)
            waitpid(id, &status, 0)
        }
    }

    /// Runs a program to its end and returns what it said.
    package static func output(
        of words: [String], environment: [String: String] = [:]
    ) -> String {
        let folder = TemporaryFolder()
        let file = folder.write("", to: "output")
        let child = ChildProcess(words, environment: environment, output: file)
        var information = siginfo_t()
        while waitid(P_PID, id_t(child.id), &information, WEXITED | WNOWAIT) < 0, errno == EINTR {}
        return text(of: file)
    }

    package static func text(of file: String) -> String {
        guard let stream = fopen(file, "re") else { return "" }
        defer { fclose(stream) }
        var bytes: [UInt8] = []
        while case let byte = fgetc(stream), byte >= 0 { bytes.append(UInt8(byte)) }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Waits until something holds; false if it does not come to hold.
package func eventually(within limit: Duration = .seconds(20), _ holds: () -> Bool) -> Bool {
    let end = ContinuousClock.now + limit
    while !holds() {
        if ContinuousClock.now > end { return false }
        usleep(5000)
    }
    return true
}

/// Whether the programs are installed that a test needs.
package func installed(_ paths: String...) -> Bool {
    paths.allSatisfy { access($0, F_OK) == 0 }
}
