import KernelSystem

/// Looks at what workers use, and tells of those that use too much: the limits of the system are
/// per file, per user or per mapping, and none of them says what was wrong.
package final class ResourceWatch: Sendable {
    package enum Resource: Sendable, Hashable {
        /// Memory, threads, disk.
        case machine
        case descriptors
    }

    /// Called once, from the thread of the watch, with a sentence.
    package typealias Exceeded = @Sendable (Resource, String) -> Void

    private struct Entry {
        let process: Int32
        let walls: Walls
        let exceeded: Exceeded
        var startTicks: UInt64?
        var processorTicks: UInt64 = 0
        var isHeadless = false
        var writtenBytes: UInt64 = 0
        /// Since when its folder was looked at, by its processor time.
        var folderTicks: UInt64?
    }

    private struct State {
        var entries: [UInt64: Entry] = [:]
        var budgets: [String: DiskBudget] = [:]
        var lastToken: UInt64 = 0
        var isRunning = false
        var isStopping = false
    }

    private let condition = Condition(State())

    /// Between two looks while some worker is at work; what it may do meanwhile is not seen.
    private static let busyNanoseconds: UInt64 = 50_000_000
    private static let idleNanoseconds: UInt64 = 250_000_000
    private static let fileBytesMax = 4_096
    private static let statusBytesMax = 64 << 10
    /// Of so many looks one is at descriptors too: a leak takes its time.
    private static let looksForDescriptors = 20
    /// And one at what they keep, if they have been at work since.
    private static let looksForFolders = 40

    package init() {}

    /// A process is watched as long as somebody holds this.
    package final class Watched: Sendable {
        private let watch: ResourceWatch
        private let token: UInt64

        fileprivate init(_ watch: ResourceWatch, _ token: UInt64) {
            self.watch = watch
            self.token = token
        }

        /// Counts what has been written until now, before the process is ended.
        package func settle() {
            guard let entry = watch.condition.withLock({ $0.entries[token] }) else { return }
            _ = watch.writingExcess(token, entry)
        }

        deinit {
            _ = watch.condition.withLock { $0.entries.removeValue(forKey: token) }
        }
    }

    package func add(
        process: Int32, _ walls: Walls, exceeded: @escaping Exceeded
    ) -> Watched {
        let (token, starts) = condition.withLock { state in
            state.lastToken += 1
            state.entries[state.lastToken] = Entry(
                process: process, walls: walls, exceeded: exceeded)
            defer { state.isRunning = true }
            return (state.lastToken, !state.isRunning)
        }
        condition.broadcast()
        if starts { start() }
        return Watched(self, token)
    }

    package func stop() {
        condition.withLock { $0.isStopping = true }
        condition.broadcast()
    }

    private func start() {
        do {
            try SystemThread.start(name: "resources") { self.work() }
        } catch {
            // Without a thread the next worker tries again.
            condition.withLock { $0.isRunning = false }
        }
    }

    private func work() {
        var pause = Self.busyNanoseconds
        var looks = 0
        while true {
            let goesOn = condition.wait { state -> Bool? in
                if state.isStopping { return false }
                return state.entries.isEmpty ? nil : true
            }
            guard goesOn == true else { return }
            looks += 1
            if looks % Self.looksForDescriptors == 0 { lookAtDescriptors() }
            if looks % Self.looksForFolders == 0 { lookAtFolders() }
            pause = look() ? Self.busyNanoseconds : Self.idleNanoseconds
            let deadline = SystemClock.monotonicNanoseconds + pause
            _ = condition.wait(untilNanoseconds: deadline) { $0.isStopping ? true : nil }
        }
    }

    /// Looks at each once. Returns whether one of them was at work.
    private func look() -> Bool {
        var isBusy = false
        for (token, entry) in condition.withLock({ $0.entries }) {
            guard let use = Self.use(of: entry.process),
                entry.startTicks == nil || entry.startTicks == use.startTicks
            else {
                _ = condition.withLock { $0.entries.removeValue(forKey: token) }
                continue
            }
            isBusy = isBusy || use.processorTicks != entry.processorTicks
            // While a process ends it is headless for a moment.
            let excess =
                use.isHeadless && entry.isHeadless
                ? "it ended its first thread, without which nobody sees what it uses, and was "
                    + "ended"
                : use.excess(entry.walls.limits, module: entry.walls.module)
                    ?? writingExcess(token, entry)
            condition.withLock { state in
                state.entries[token]?.startTicks = use.startTicks
                state.entries[token]?.processorTicks = use.processorTicks
                state.entries[token]?.isHeadless = use.isHeadless
                if excess != nil { _ = state.entries.removeValue(forKey: token) }
            }
            if let excess { entry.exceeded(.machine, excess) }
        }
        return isBusy
    }

    private func lookAtDescriptors() {
        for (token, entry) in condition.withLock({ $0.entries }) {
            let path = "/proc/\(entry.process)/status"
            guard let text = try? Files.read(path, bytesMax: Self.statusBytesMax),
                let slots = DescriptorSlots(status: text),
                let excess = slots.excess(entry.walls.limits)
            else { continue }
            _ = condition.withLock { $0.entries.removeValue(forKey: token) }
            entry.exceeded(.descriptors, excess)
        }
    }

    /// One of the processes of a module stands for all that are at work.
    private func lookAtFolders() {
        var uses: [String: FolderUse] = [:]
        for (token, entry) in condition.withLock({ $0.entries }) {
            let folder = entry.walls.ownFolder
            guard !folder.isEmpty, entry.folderTicks != entry.processorTicks else { continue }
            let limits = entry.walls.limits
            let use = uses[folder] ?? FolderUse(of: folder, bytesMax: limits.diskBytes)
            uses[folder] = use
            let excess = use.excess(of: folder, limits, module: entry.walls.module)
            condition.withLock { state in
                state.entries[token]?.folderTicks = entry.processorTicks
                if excess != nil { _ = state.entries.removeValue(forKey: token) }
            }
            if let excess { entry.exceeded(.machine, excess) }
        }
    }

    private static func use(of process: Int32) -> ResourceUse? {
        guard let line = try? Files.read("/proc/\(process)/stat", bytesMax: fileBytesMax) else {
            return nil
        }
        return ResourceUse(statusLine: line, pageBytes: ProcessFacts.pageBytes)
    }

    private func writingExcess(_ token: UInt64, _ entry: Entry) -> String? {
        guard entry.walls.allowsWriting,
            let text = try? Files.read("/proc/\(entry.process)/io", bytesMax: Self.fileBytesMax),
            let written = WrittenBytes(counters: text)?.bytes
        else { return nil }
        let now = SystemClock.monotonicNanoseconds
        let module = entry.walls.module
        let budget = entry.walls.limits.diskBytes
        let isTooMuch = condition.withLock { state -> Bool in
            // Of two who count at once the second has what the first has not.
            let before = state.entries[token]?.writtenBytes ?? written
            state.entries[token]?.writtenBytes = max(before, written)
            let more = written - min(before, written)
            return state.budgets[module, default: DiskBudget()].spend(
                more, of: budget, nowNanoseconds: now)
        }
        guard isTooMuch else { return nil }
        return "module \(module) wrote more than \(budget >> 20) MiB within an hour and its "
            + "process was ended; disk_mb in [modules.\(module)] sets the limit"
    }
}
