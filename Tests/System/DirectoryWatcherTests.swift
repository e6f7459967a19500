import KernelSystem
import KernelTesting
import Testing

/// Events of a watched folder, in order, and a thread that may be kept waiting.
private final class Events: Sendable {
    private struct State {
        var events: [FolderEvent] = []
        var isHeld = false
        var failures: [String] = []
    }

    private let state = Condition(State())

    func add(_ event: FolderEvent) {
        state.withLock { $0.events.append(event) }
        state.broadcast()
        _ = state.wait { $0.isHeld ? nil : true }
    }

    func fail(_ sentence: String) {
        state.withLock { $0.failures.append(sentence) }
    }

    var failures: [String] { state.withLock { $0.failures } }

    func hold() {
        state.withLock { $0.isHeld = true }
    }

    func release() {
        state.withLock { $0.isHeld = false }
        state.broadcast()
    }

    var count: Int { state.withLock { $0.events.count } }

    func contains(since index: Int = 0, _ matches: (FolderEvent) -> Bool) -> Bool {
        let deadline = SystemClock.monotonicNanoseconds + 60_000_000_000
        return state.wait(untilNanoseconds: deadline) {
            $0.events.dropFirst(index).contains(where: matches) ? true : nil
        } ?? false
    }
}

@Suite(.blocking) struct DirectoryWatcherTests {
    private let turn = WatcherTurn()
    private let folder: TemporaryFolder
    private let events = Events()
    private let watcher: DirectoryWatcher
    private var watched: String { folder.file("watched") }

    init() throws {
        folder = try TemporaryFolder()
        let events = events
        watcher = try DirectoryWatcher(
            privateFolder: folder.file("private"), handler: { events.add($0) },
            failureHandler: { events.fail($0) })
    }

    private func watch(_ path: String) {
        watcher.watch(path)
        _ = events.contains { $0 == .rescan(folder: path) }
    }

    @Test func `what happens to files is told, each by its kind`() throws {
        defer { watcher.stop() }
        try Files.makeDirectories(watched)
        watch(watched)
        try Shell.run("echo x > a; cp a b; mv b c; rm c; mkdir d", in: watched)
        for expected: FolderEvent in [
            .written(folder: watched, name: "a"), .written(folder: watched, name: "b"),
            .removed(folder: watched, name: "b"), .arrived(folder: watched, name: "c"),
            .removed(folder: watched, name: "c"), .folderAppeared(folder: watched, name: "d"),
        ] {
            #expect(events.contains { $0 == expected }, "\(expected)")
        }
        #expect(events.failures.isEmpty)
    }

    @Test func `after more events than the queue holds everything is looked at, and watched on`()
        throws
    {
        defer { watcher.stop() }
        try Files.makeDirectories(watched)
        watch(watched)
        let text = try Shell.run("cat /proc/sys/fs/inotify/max_queued_events")
        let limit = try #require(Int(text.dropLast()))
        events.hold()
        let before = events.count
        // Alternating, since equal events in a row are one; each is a creation and a closing.
        for number in 0...(limit / 2 + 1_000) {
            try Files.replace(Path.join(watched, "noise-\(number % 2)"), with: [])
        }
        events.release()
        #expect(events.contains(since: before) { $0 == .rescan(folder: watched) })
        try Shell.run("echo x > last", in: watched)
        #expect(events.contains { $0 == .written(folder: watched, name: "last") })
        #expect(events.failures.allSatisfy { $0.contains("max_queued_events") })
        #expect(events.failures.count == 1)
    }

    @Test func `the watcher's own folder may be removed, and commands still reach it`() throws {
        defer { watcher.stop() }
        try Files.removeTree(folder.file("private"))
        try Files.makeDirectories(watched)
        watch(watched)
        try Shell.run("echo x > a", in: watched)
        #expect(events.contains { $0 == .written(folder: watched, name: "a") })
    }

    @Test func `a folder is watched by the path that was asked for, through links too`() throws {
        defer { watcher.stop() }
        try Files.makeDirectories(watched)
        let link = folder.file("link")
        try Shell.run("ln -s \(watched) \(link)")
        watch(link)
        try Shell.run("echo x > a", in: watched)
        #expect(events.contains { $0 == .written(folder: link, name: "a") })
    }

    @Test func `a folder that nobody wants any more is not told of`() throws {
        defer { watcher.stop() }
        let other = folder.file("other")
        try Files.makeDirectories(watched)
        try Files.makeDirectories(other)
        watch(watched)
        watch(other)
        watcher.unwatch(watched)
        watch(other)
        try Shell.run("echo x > a", in: watched)
        try Shell.run("echo x > b", in: other)
        #expect(events.contains { $0 == .written(folder: other, name: "b") })
        try Shell.run("echo x > c", in: other)
        #expect(events.contains { $0 == .written(folder: other, name: "c") })
    }
}
