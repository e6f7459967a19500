import KernelBase
import KernelGenerations
import KernelSystem
import Synchronization

/// Turns what happens in folders into module files to look at, once they have settled.
final class SourceWatch: Sendable {
    typealias Look = @Sendable (String) -> Void

    private struct State {
        var settling: Settling
        var folders: [String: Filter] = [:]
        var alarm: Alarms.Token?
        var alarmNanoseconds: UInt64?
    }

    /// Which names in a folder may be modules.
    enum Filter: Sendable {
        case everyLibrary
        case names(Set<String>)

        func includes(_ name: String) -> Bool {
            switch self {
            case .everyLibrary: name.hasSuffix(".so") && !name.hasPrefix(".")
            case .names(let names): names.contains(name)
            }
        }

        func union(_ other: Filter) -> Filter {
            if case .names(let these) = self, case .names(let those) = other {
                return .names(these.union(those))
            }
            return .everyLibrary
        }
    }

    private let state: Mutex<State>
    private let alarms: Alarms
    private let look: Look

    init(alarms: Alarms, removedSeconds: Double, look: @escaping Look) {
        state = Mutex(State(settling: Settling(removedQuiet: UInt64(removedSeconds * 1e9))))
        self.alarms = alarms
        self.look = look
    }

    /// From now on these names in the folder matter. Returns the files that are there already.
    func add(_ folder: String, _ filter: Filter) -> [String] {
        state.withLock { state in
            state.folders[folder] = state.folders[folder]?.union(filter) ?? filter
        }
        return files(in: folder)
    }

    /// Nothing in this folder matters any more.
    func removeFolder(_ folder: String) {
        state.withLock { $0.folders[folder] = nil }
    }

    /// This file does not matter any more, unless its whole folder does.
    func remove(_ path: String) {
        let folder = Path.directory(of: path)
        state.withLock { state in
            guard case .names(var names) = state.folders[folder] else { return }
            names.remove(Path.name(of: path))
            state.folders[folder] = names.isEmpty ? nil : .names(names)
        }
    }

    var folders: [String] { state.withLock { $0.folders.keys.sorted() } }

    func files(in folder: String) -> [String] {
        guard let filter = state.withLock({ $0.folders[folder] }) else { return [] }
        switch filter {
        case .everyLibrary:
            let names = (try? Files.names(in: folder)) ?? []
            return names.filter { filter.includes($0) }.map { Path.join(folder, $0) }
        case .names(let names):
            // They may stand among the thousands of a build.
            return names.sorted().map { Path.join(folder, $0) }.filter { Files.exists($0) }
        }
    }

    /// A hint from the watcher. `known` lists the files of a folder that were there before, so
    /// that a rescan finds those that are gone.
    func take(_ event: FolderEvent, known: (String) -> [String]) {
        switch event {
        case .written(let folder, let name): hint(folder, name, .written)
        case .arrived(let folder, let name): hint(folder, name, .arrived)
        case .removed(let folder, let name): hint(folder, name, .removed)
        case .folderAppeared: break
        case .rescan(let folder):
            let present = files(in: folder)
            for path in present { hint(path, .written) }
            for path in known(folder) where !present.contains(path) { hint(path, .removed) }
        }
    }

    private func hint(_ folder: String, _ name: String, _ hint: Settling.Hint) {
        guard state.withLock({ $0.folders[folder]?.includes(name) ?? false }) else { return }
        self.hint(Path.join(folder, name), hint)
    }

    func hint(_ path: String, _ hint: Settling.Hint) {
        let now = SystemClock.monotonicNanoseconds
        state.withLock { $0.settling.hint(path, hint, now: now) }
        lookAtDue()
    }

    /// The file was being written while it was read.
    func lookAgain(_ path: String) {
        state.withLock { $0.settling.lookAgain(path, now: SystemClock.monotonicNanoseconds) }
        lookAtDue()
    }

    private func lookAtDue() {
        let now = SystemClock.monotonicNanoseconds
        let due = state.withLock { state in
            let due = state.settling.takeDue(now: now)
            setAlarm(&state)
            return due
        }
        for path in due { look(path) }
    }

    private func setAlarm(_ state: inout State) {
        guard state.settling.nextDue != state.alarmNanoseconds else { return }
        if let token = state.alarm { alarms.cancel(token) }
        state.alarmNanoseconds = state.settling.nextDue
        state.alarm = state.settling.nextDue.map { due in
            alarms.run(atNanoseconds: due) { [weak self] in self?.ring() }
        }
    }

    private func ring() {
        state.withLock { state in
            state.alarm = nil
            state.alarmNanoseconds = nil
        }
        lookAtDue()
    }
}
