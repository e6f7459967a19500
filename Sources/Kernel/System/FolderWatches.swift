import CInotify
import Glibc

/// What the watcher's thread watches now, and for whom. Only that thread touches it.
struct FolderWatches {
    /// The folders that somebody asked for, by the path that was asked for, with the real path
    /// that is watched while the folder exists.
    private var wanted: [String: String?] = [:]
    /// Every folder that libinotifytools watches: the wanted ones and those above missing ones.
    private var watched: Set<String> = []
    private let failureHandler: DirectoryWatcher.FailureHandler
    /// That there are no more watches is told for the first folder; it is so for all that follow.
    private var hasToldOfLimit = false

    private static let events =
        IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE | IN_DELETE_SELF
        | IN_MOVE_SELF | IN_ONLYDIR

    init(failureHandler: @escaping DirectoryWatcher.FailureHandler) {
        self.failureHandler = failureHandler
    }

    mutating func want(_ folder: String) {
        wanted[folder] = .some(nil)
        attach(folder)
    }

    /// Is the folder itself watched, and not only one above it?
    func isWatching(_ folder: String) -> Bool {
        guard let real = wanted[folder] ?? nil else { return false }
        return watched.contains(real)
    }

    mutating func drop(_ folder: String) {
        guard let real = wanted.removeValue(forKey: folder), let real else { return }
        let isStillUsed = wanted.values.contains(real)
        if !isStillUsed, watched.remove(real) != nil {
            _ = unsafe inotifytools_remove_watch_by_filename(Self.libraryName(real))
        }
    }

    /// Watches one existing folder; the same one is never given to the library twice.
    mutating func add(_ folder: String) {
        guard !watched.contains(folder) else { return }
        if unsafe inotifytools_watch_file(folder, Int32(bitPattern: UInt32(Self.events))) != 0 {
            watched.insert(folder)
            return
        }
        let code = inotifytools_error()
        guard code != ENOENT && code != ENOTDIR else { return }
        if code == ENOSPC {
            guard !hasToldOfLimit else { return }
            hasToldOfLimit = true
        }
        failureHandler(Self.sentence(folder, code))
    }

    private static func sentence(_ folder: String, _ code: Int32) -> String {
        let error = SystemError("watch", folder, code: code)
        return switch code {
        case ENOSPC:
            "\(error): the limit of watches is used up, also for folders that are to come; "
                + "raise fs.inotify.max_user_watches"
        case EMFILE:
            "\(error): raise fs.inotify.max_user_instances or the limit of open files"
        default:
            "\(error)"
        }
    }

    /// Watches `folder` if it exists, and else the nearest folder above it that does. The folder
    /// above is watched in both cases: it alone tells of a folder that is made again.
    private mutating func attach(_ folder: String) {
        if let real = Files.resolved(folder) {
            wanted[folder] = .some(real)
            add(real)
        }
        var above = Path.directory(of: folder)
        while true {
            if let real = Files.resolved(above) {
                add(real)
                return
            }
            let next = Path.directory(of: above)
            guard next != above else { return }
            above = next
        }
    }

    /// Events were lost, perhaps those of folders that went away: every watch is made anew.
    mutating func rescanAll(_ handler: DirectoryWatcher.Handler) {
        for folder in watched {
            _ = unsafe inotifytools_remove_watch_by_filename(Self.libraryName(folder))
        }
        watched = []
        for folder in wanted.keys.sorted() {
            wanted[folder] = .some(nil)
            attach(folder)
            handler(.rescan(folder: folder))
        }
    }

    /// Turns one event of the library into what the listeners want to know.
    @unsafe mutating func handle(
        _ event: UnsafeMutablePointer<inotify_event>, _ handler: DirectoryWatcher.Handler
    ) {
        let mask = unsafe event.pointee.mask
        if mask & UInt32(IN_Q_OVERFLOW) != 0 {
            failureHandler(
                "more files have changed at once than the system keeps count of: all folders are "
                    + "looked through again (fs.inotify.max_queued_events)")
            return rescanAll(handler)
        }
        guard let folder = unsafe Self.folder(of: event) else { return }
        if mask & UInt32(IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED | IN_UNMOUNT) != 0 {
            return forget(folder, mask: mask, handler)
        }
        let name = unsafe Self.name(of: event)
        tell(folder: folder, name: name, mask: mask, handler)
        reattach(below: Path.join(folder, name), handler)
    }

    private func tell(
        folder: String, name: String, mask: UInt32, _ handler: DirectoryWatcher.Handler
    ) {
        let isFolder = mask & UInt32(IN_ISDIR) != 0
        for (asked, real) in wanted where real == folder {
            if mask & UInt32(IN_DELETE | IN_MOVED_FROM) != 0 {
                handler(.removed(folder: asked, name: name))
            } else if isFolder {
                handler(.folderAppeared(folder: asked, name: name))
            } else if mask & UInt32(IN_MOVED_TO) != 0
                || mask & UInt32(IN_CREATE) != 0 && Files.isLink(Path.join(folder, name))
            {
                // A file that is made is told of when it has been written; a link is whole at once.
                handler(.arrived(folder: asked, name: name))
            } else if mask & UInt32(IN_CLOSE_WRITE) != 0 {
                handler(.written(folder: asked, name: name))
            }
        }
    }

    /// The watched folder itself went away.
    private mutating func forget(
        _ folder: String, mask: UInt32, _ handler: DirectoryWatcher.Handler
    ) {
        watched.remove(folder)
        if mask & UInt32(IN_MOVE_SELF) != 0 {
            // The watch would follow the folder to its new name.
            _ = unsafe inotifytools_remove_watch_by_filename(Self.libraryName(folder))
        }
        for (asked, real) in wanted where real == folder {
            wanted[asked] = .some(nil)
            attach(asked)
            handler(.rescan(folder: asked))
        }
    }

    /// A folder that was waited for, or one above it, may just have appeared.
    private mutating func reattach(below path: String, _ handler: DirectoryWatcher.Handler) {
        for (asked, real) in wanted where asked == path || asked.hasPrefix(path + "/") {
            guard Files.resolved(asked) != real || !watched.contains(path) else { continue }
            attach(asked)
            handler(.rescan(folder: asked))
        }
    }

    @unsafe private static func folder(of event: UnsafeMutablePointer<inotify_event>) -> String? {
        guard let path = unsafe inotifytools_filename_from_wd(event.pointee.wd) else { return nil }
        let text = unsafe String(cString: path)
        return text.count > 1 && text.hasSuffix("/") ? String(text.dropLast()) : text
    }

    @unsafe private static func name(of event: UnsafeMutablePointer<inotify_event>) -> String {
        guard unsafe event.pointee.len > 0 else { return "" }
        let start = unsafe UnsafeRawPointer(event).advanced(by: MemoryLayout<inotify_event>.size)
        return unsafe String(cString: start.assumingMemoryBound(to: CChar.self))
    }

    /// The library keeps folders with a slash at the end.
    private static func libraryName(_ folder: String) -> String {
        folder.hasSuffix("/") ? folder : folder + "/"
    }
}
