import CInotify
import Glibc
import Synchronization

/// Something happened in a watched folder. Every event is a hint: whoever acts on it looks at the
/// file itself.
package enum FolderEvent: Sendable, Hashable {
    /// A file that was open for writing was closed.
    case written(folder: String, name: String)
    /// A file was moved to this name, whole.
    case arrived(folder: String, name: String)
    /// A file or folder of this name is gone.
    case removed(folder: String, name: String)
    /// A folder of this name appeared.
    case folderAppeared(folder: String, name: String)
    /// Anything may have happened in the folder: it came, went, or events were lost.
    case rescan(folder: String)

    /// The folder as it was named to the watcher.
    package var folder: String {
        switch self {
        case .written(let folder, _), .arrived(let folder, _), .removed(let folder, _),
            .folderAppeared(let folder, _), .rescan(let folder):
            folder
        }
    }
}

/// Watches folders by libinotifytools, on a thread of its own: the library has global state, so
/// that every call to it is made there, and there can be only one watcher in a process.
///
/// A folder that does not exist yet is waited for, and one that is removed and made again is
/// found again: the nearest folder above it that exists is watched too.
package final class DirectoryWatcher: Sendable {
    package typealias Handler = @Sendable (FolderEvent) -> Void
    /// Told when a folder cannot be watched, with a sentence that says what to do.
    package typealias FailureHandler = @Sendable (String) -> Void

    private enum Command: Sendable {
        case watch(String)
        case unwatch(String)
        case stop
    }

    private let commands = Mutex<[Command]>([])
    private let wakeUpFile: String
    private let handler: Handler
    private let failureHandler: FailureHandler

    private static let selectMax: Int32 = 1_024
    private static let exists = Atomic(false)
    private static let stopNanoseconds: UInt64 = 2_000_000_000

    /// `privateFolder` is made if it is missing and holds the file whose touch wakes the thread.
    package init(
        privateFolder: String, handler: @escaping Handler,
        failureHandler: @escaping FailureHandler
    ) throws(SystemError) {
        try Files.makeDirectories(privateFolder)
        wakeUpFile = Path.join(Files.resolved(privateFolder) ?? privateFolder, "wake-up")
        self.handler = handler
        self.failureHandler = failureHandler
        let isFirst = Self.exists.compareExchange(
            expected: false, desired: true, ordering: .sequentiallyConsistent
        ).exchanged
        precondition(isFirst, "libinotifytools has global state: one watcher in a process")
        try Files.replace(wakeUpFile, with: [])
        let isReady = Condition<Result<Void, SystemError>?>(nil)
        try SystemThread.start(name: "watcher") { self.work(isReady) }
        switch isReady.wait({ $0 }) {
        case .failure(let error): throw error
        case .success, nil: break
        }
    }

    /// Begins to watch `folder`, an absolute path, whether it exists or not.
    package func watch(_ folder: String) {
        send(.watch(folder))
    }

    package func unwatch(_ folder: String) {
        send(.unwatch(folder))
    }

    /// Ends the thread. A new watcher may be made once this has returned. A thread that lost the
    /// watch by which it is woken cannot be ended, and must not hold up the end of the process.
    package func stop() {
        send(.stop)
        let deadline = SystemClock.monotonicNanoseconds + Self.stopNanoseconds
        while Self.exists.load(ordering: .sequentiallyConsistent),
            SystemClock.monotonicNanoseconds < deadline
        {
            SystemThread.sleep(nanoseconds: 200_000)
        }
        Files.removeIfPresent(wakeUpFile)
    }

    private func send(_ command: Command) {
        commands.withLock { $0.append(command) }
        // Somebody may have removed the folder; the thread follows it like every other.
        try? Files.makeDirectories(Path.directory(of: wakeUpFile))
        // Opening for writing and closing is the event that the thread waits for.
        _ = try? FileDescriptor.open(wakeUpFile, .write, creating: .ifMissing())
    }
}

extension DirectoryWatcher {
    private func work(_ isReady: Condition<Result<Void, SystemError>?>) {
        var watches = FolderWatches(failureHandler: failureHandler)
        if let code = Self.initialize() {
            return Self.giveUp(isReady, SystemError("start watching folders", code: code))
        }
        let privateFolder = Path.directory(of: wakeUpFile)
        watches.want(privateFolder)
        // Without this watch nothing would ever wake the thread, not even to end.
        guard watches.isWatching(privateFolder) else {
            inotifytools_cleanup()
            return Self.giveUp(isReady, SystemError("watch", privateFolder, code: ENOSPC))
        }
        isReady.withLock { $0 = .success(()) }
        isReady.broadcast()
        while obeyCommands(&watches) {
            guard let event = unsafe inotifytools_next_event(-1) else {
                watches.rescanAll(handler)
                continue
            }
            unsafe watches.handle(event, handler)
        }
        inotifytools_cleanup()
        Self.exists.store(false, ordering: .sequentiallyConsistent)
    }

    /// Once the failure is known, a new watcher may be made.
    private static func giveUp(
        _ isReady: Condition<Result<Void, SystemError>?>, _ error: SystemError
    ) {
        exists.store(false, ordering: .sequentiallyConsistent)
        isReady.withLock { $0 = .failure(error) }
        isReady.broadcast()
    }

    /// Nil, or why not. The library waits with `select`, which ends the process at a descriptor of
    /// 1,024 or more: the next one that is free tells which it would get.
    private static func initialize() -> Int32? {
        guard let next = try? FileDescriptor.open("/dev/null", .read).raw, next < selectMax else {
            return EMFILE
        }
        return inotifytools_initialize() == 0 ? inotifytools_error() : nil
    }

    /// Returns false when the thread is to end.
    private func obeyCommands(_ watches: inout FolderWatches) -> Bool {
        let taken = commands.withLock { commands in
            defer { commands = [] }
            return commands
        }
        for command in taken {
            switch command {
            case .watch(let folder):
                watches.want(folder)
                handler(.rescan(folder: folder))
            case .unwatch(let folder):
                watches.drop(folder)
            case .stop:
                return false
            }
        }
        return true
    }
}
