import KernelSystem
import KernelTesting

/// A terminal as a person has one, by tmux, on a server of its own.
final class Tmux: Sendable {
    struct NotSeen: Error, CustomStringConvertible {
        let description: String
    }

    static let exists = (try? Program.inPath("tmux")) != nil

    private let socket: String
    private let home: KernelHome
    private static let window = "w"

    /// Runs the command line in a window.
    init(_ home: KernelHome, _ line: String, columns: Int = 80, rows: Int = 24) throws {
        self.home = home
        // A server that is ending still has its socket.
        socket = home.folder.file("tmux-\(UInt32.random(in: 0...UInt32.max))")
        // Nothing of the developer's own: no XDG_CONFIG_HOME, no KERNEL_…
        let changes: [String: String?] = [
            "KERNEL_NO_PARENT": nil, "TERM": "xterm-256color", "SHELL": "/bin/bash",
        ]
        let environment = home.environment(changes).map(Self.quoted).joined(separator: " ")
        let script = home.folder.file("in-tmux")
        try Files.replace(script, with: Array("\(line)\nexec sleep 1000\n".utf8))
        try Shell.run(
            "cd \(home.folder.path) && env -i \(environment) tmux -u -S \(socket) -f /dev/null "
                + "new-session -d -s \(Self.window) -x \(columns) -y \(rows) 'bash \(script)'")
    }

    deinit {
        _ = Shell.succeeds("tmux -S \(socket) kill-server")
        // The kernel hears of it, and must be done with its folder before that is removed.
        let lock = Path.join(home.developmentState, "kernel.lock")
        try? waitFor("the end of the kernel") { Self.isFree(lock) }
    }

    private static func isFree(_ lock: String) -> Bool {
        do {
            _ = try FileLock(lock)
            return true
        } catch .held {
            return false
        } catch {
            return true
        }
    }

    /// Keys by their names, and texts in quotes, as tmux's send-keys takes them.
    func type(_ keys: String) throws {
        try Shell.run("tmux -S \(socket) send-keys -t \(Self.window) \(keys)")
    }

    /// As a terminal pastes, in brackets if the program asked for them.
    func paste(_ text: String) throws {
        try Shell.run("tmux -S \(socket) set-buffer -- \(Self.quoted(text))")
        try Shell.run("tmux -S \(socket) paste-buffer -p -t \(Self.window)")
    }

    func resize(columns: Int, rows: Int) throws {
        try Shell.run(
            "tmux -S \(socket) resize-window -t \(Self.window) -x \(columns) -y \(rows)")
    }

    /// The lines on the screen, without the empty ones at the end.
    var screen: [String] {
        get throws {
            let text = try Shell.run("tmux -S \(socket) capture-pane -p -t \(Self.window)")
            var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
                .map(String.init)
            while lines.last == "" { lines.removeLast() }
            return lines
        }
    }

    /// Waits for a screen that satisfies the condition, and returns it.
    @discardableResult
    func wait(_ what: String, _ condition: ([String]) -> Bool) throws -> [String] {
        var last: [String] = []
        do {
            try waitFor(what) {
                last = try screen
                return condition(last)
            }
        } catch {
            throw NotSeen(description: "\(error):\n\(last.joined(separator: "\n"))")
        }
        return last
    }

    /// Waits until the last lines are these.
    @discardableResult
    func wait(last lines: [String]) throws -> [String] {
        try wait("\(lines)") { $0.suffix(lines.count) == lines[...] }
    }

    private static func quoted(_ text: String) -> String {
        "'"
            + text.split(separator: "'", omittingEmptySubsequences: false)
            .joined(separator: #"'\''"#)
            + "'"
    }
}
